import CProcessControl
@preconcurrency import LibC

/// The arguments and variables that this process was started with, where the system shows them to others: `ps`,
/// `/proc/PID/cmdline` and `/proc/PID/environ` read them from this process's own memory.
///
/// To be changed at the program's start, before it has other threads.
package enum StartMemory {
    /// Removes variables from the environment, and wipes them where others could read them.
    package static func removeVariables(where isUnwanted: (String) -> Bool) {
        let regions = variableRegions.filter { region in name(in: region).map(isUnwanted) ?? false }
        let copied = ProcessEnvironment.all.keys.filter(isUnwanted)
        for name in Set(regions.compactMap(name) + copied) { unsetenv(name) }
        // Only now, as names are found by their letters.
        for region in regions { wipe(region, with: 0) }
    }

    /// Covers an argument's value where others could read it: what follows the flag, or stands behind its `=`.
    package static func coverArguments(after flag: String) {
        let bytes = Array(flag.utf8)
        var isValue = false
        for argument in argumentRegions {
            if isValue { wipe(argument, with: UInt8(ascii: "*")) }
            isValue = argument.elementsEqual(bytes)
            if argument.starts(with: bytes + [UInt8(ascii: "=")]) {
                wipe(UnsafeMutableRawBufferPointer(rebasing: argument.dropFirst(bytes.count + 1)), with: UInt8(ascii: "*"))
            }
        }
    }

    /// Keeps other processes of the same user from reading this one's memory, environment and descriptors (Linux; root can
    /// all the same).
    package static func denyReading() { _ = process_deny_reading() }

    // MARK: Where they are

    private static func name(in variable: UnsafeMutableRawBufferPointer) -> String? {
        guard let end = variable.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        return String(decoding: variable[..<end], as: UTF8.self)
    }

    private static func wipe(_ bytes: UnsafeMutableRawBufferPointer, with byte: UInt8) {
        for index in bytes.indices { bytes[index] = byte }
    }

    #if canImport(Darwin)
    private static var argumentRegions: [UnsafeMutableRawBufferPointer] { strings(from: _NSGetArgv().pointee) }
    private static var variableRegions: [UnsafeMutableRawBufferPointer] { strings(from: _NSGetEnviron().pointee) }

    private static func strings(
        from list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    ) -> [UnsafeMutableRawBufferPointer] {
        var regions: [UnsafeMutableRawBufferPointer] = []
        var entry = list
        while let text = entry?.pointee {
            regions.append(UnsafeMutableRawBufferPointer(start: text, count: strlen(text)))
            entry = entry?.advanced(by: 1)
        }
        return regions
    }
    #else
    // The kernel says between which addresses they are; the pointers that the program was given may have moved since.
    // Fields of /proc/PID/stat (proc_pid_stat(5)): 48 and 49 arguments, 50 and 51 variables.
    private static var argumentRegions: [UnsafeMutableRawBufferPointer] { strings(fromField: 48) }
    private static var variableRegions: [UnsafeMutableRawBufferPointer] { strings(fromField: 50) }

    private static func strings(fromField first: Int) -> [UnsafeMutableRawBufferPointer] {
        // The second field is the program's name, in which there may be anything; the third stands behind its bracket.
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        let place = first - 3
        guard fields.indices.contains(place + 1), let start = UInt(fields[place]), let end = UInt(fields[place + 1]), start < end,
            let memory = UnsafeMutableRawPointer(bitPattern: start)
        else { return [] }
        let all = UnsafeMutableRawBufferPointer(start: memory, count: Int(end - start))
        return all.split(separator: 0).map { UnsafeMutableRawBufferPointer(rebasing: $0) }
    }

    private static var stat: String {
        guard let file = fopen("/proc/self/stat", "re") else { return "" }
        defer { fclose(file) }
        // 52 numbers of up to 20 digits, and a name.
        var bytes = [UInt8](repeating: 0, count: 2048)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
    #endif
}
