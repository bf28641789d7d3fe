import LibC
import NIOCore

/// How many cores this process may use: one event loop each.
enum Cores {
    /// NIO counts what the machine and its control group have; a process pinned to fewer would run loops that push each
    /// other off their core.
    static var count: Int {
        #if os(Linux)
        guard let status = fopen("/proc/self/status", "r") else { return System.coreCount }
        defer { fclose(status) }
        var line = [CChar](repeating: 0, count: 4096)
        while fgets(&line, Int32(line.count), status) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if let allowed = allowed(inStatusLine: text) { return max(1, min(System.coreCount, allowed)) }
        }
        #endif
        return System.coreCount
    }

    /// The bits set in the line `Cpus_allowed: ff,ffffffff`; nil for any other line.
    static func allowed(inStatusLine line: String) -> Int? {
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, parts[0] == "Cpus_allowed" else { return nil }
        return parts[1].reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
    }
}
