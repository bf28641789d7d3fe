import LibC
import ResponsesClient

/// What the tools of `files` do within a folder.
struct FolderFiles: Sendable {
    let folder: ConfinedFolder
    /// A file's text is taken whole into memory.
    var fileBytesMax = 8 << 20
    /// What one answer to the model may hold.
    var answerBytesMax = 64 << 10
    var entriesMax = 500

    /// A file's text from a line on, as much as one answer may hold.
    func read(_ path: String, fromLine: Int = 1, linesMax: Int? = nil) throws(ToolFailure) -> String {
        let text = try text(of: path)
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last == "" { lines.removeLast() }
        let start = max(fromLine, 1)
        guard start <= max(lines.count, 1) else { throw ToolFailure("'\(path)' has \(lines.count) lines") }
        var answer = ""
        var next = start - 1
        while next < lines.count, next - start + 1 < max(linesMax ?? .max, 1) {
            guard answer.utf8.count + lines[next].utf8.count < answerBytesMax else { break }
            answer += lines[next] + "\n"
            next += 1
        }
        if next < lines.count {
            guard next >= start else { throw ToolFailure("line \(start) of '\(path)' is longer than \(answerBytesMax) bytes") }
            answer += "[lines \(start) to \(next) of \(lines.count); read on with from_line \(next + 1)]\n"
        }
        return answer
    }

    /// Writes a whole file and the directories on its path. Other programs never see it half written.
    func write(_ path: String, _ content: String) throws(ToolFailure) -> String {
        guard content.utf8.count <= fileBytesMax else { throw ToolFailure("at most \(fileBytesMax) bytes can be written") }
        try folder.withParent(of: path, creating: true) { (directory, name) throws(ToolFailure) in
            guard name != "." else { throw ToolFailure("'\(path)' is a directory") }
            var mode: mode_t = 0o666
            var info = stat()
            let exists = fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) == 0
            if exists {
                guard info.st_mode & S_IFMT == S_IFREG else {
                    throw ToolFailure("'\(path)' is not a regular file, so it was not changed")
                }
                mode = info.st_mode & 0o7777
            }
            let draft = ".\(name.prefix(100)).\(getpid()).\(UInt32.random(in: 0 ... .max))"
            let file = openat(directory, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
            guard file >= 0 else { throw ToolFailure("'\(path)' cannot be written: \(ConfinedFolder.reason())") }
            // The mask for new files may have taken away what the old one had.
            if exists { fchmod(file, mode) }
            let isWritten = FileBytes.write(Array(content.utf8), to: file)
            let isClosed = close(file) == 0
            guard isWritten, isClosed, renameat(directory, draft, directory, name) == 0 else {
                let reason = ConfinedFolder.reason()
                unlinkat(directory, draft, 0)
                throw ToolFailure("'\(path)' cannot be written: \(reason)")
            }
        }
        return "wrote \(content.utf8.count) bytes"
    }

    /// Replaces the only occurrence of `old`.
    func edit(_ path: String, replacing old: String, with new: String) throws(ToolFailure) -> String {
        guard !old.isEmpty else { throw ToolFailure("the text to replace is empty") }
        let bytes = Array(try text(of: path).utf8)
        let wanted = Array(old.utf8)
        let places = Self.places(of: wanted, in: bytes)
        guard let place = places.first else { throw ToolFailure("the text to replace does not occur in '\(path)'") }
        guard places.count == 1 else {
            throw ToolFailure("the text to replace occurs in '\(path)' more than once; include more of the text around it")
        }
        let edited = bytes[..<place] + Array(new.utf8) + bytes[(place + wanted.count)...]
        _ = try write(path, String(decoding: edited, as: UTF8.self))
        return "replaced \(wanted.count) bytes by \(new.utf8.count)"
    }

    /// The names in a directory, sorted: `name/` is a directory, `name@` a symbolic link.
    func list(_ path: String) throws(ToolFailure) -> String {
        let names = try folder.withOpen(path, O_RDONLY | O_DIRECTORY) { (directory) throws(ToolFailure) in
            // The stream closes its own descriptor.
            guard let stream = fdopendir(dup(directory)) else { throw ToolFailure("'\(path)' cannot be read: \(ConfinedFolder.reason())") }
            defer { closedir(stream) }
            var names: [String] = []
            while let entry = readdir(stream) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
                if name == "." || name == ".." { continue }
                var info = stat()
                let kind = fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) == 0 ? info.st_mode & S_IFMT : 0
                names.append(name + (kind == S_IFDIR ? "/" : kind == S_IFLNK ? "@" : ""))
            }
            return names.sorted()
        }
        guard !names.isEmpty else { return "(empty)" }
        let more = names.count > entriesMax ? ["[\(names.count - entriesMax) more]"] : []
        return (names.prefix(entriesMax) + more).joined(separator: "\n")
    }

    private func text(of path: String) throws(ToolFailure) -> String {
        let bytes = try folder.withOpen(path, O_RDONLY) { (file) throws(ToolFailure) in
            var info = stat()
            guard fstat(file, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { throw ToolFailure("'\(path)' is not a regular file") }
            guard info.st_size <= fileBytesMax else {
                throw ToolFailure("'\(path)' has \(info.st_size) bytes; at most \(fileBytesMax) are read")
            }
            return try Self.readAll(file, max: fileBytesMax, path)
        }
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else { throw ToolFailure("'\(path)' is not text in UTF-8") }
        return text
    }

    private static func readAll(_ file: Int32, max bytesMax: Int, _ path: String) throws(ToolFailure) -> [UInt8] {
        do throws(FileBytes.ReadError) {
            return try FileBytes.read(file, bytesMax: bytesMax)
        } catch {
            switch error {
            case .system: throw ToolFailure("'\(path)' cannot be read: \(ConfinedFolder.reason())")
            case .tooLong: throw ToolFailure("'\(path)' grows while it is read")
            }
        }
    }

    /// Where `wanted` occurs, up to the second place.
    private static func places(of wanted: [UInt8], in bytes: [UInt8]) -> [Int] {
        var places: [Int] = []
        var at = 0
        while at + wanted.count <= bytes.count, places.count < 2 {
            if bytes[at] == wanted[0], bytes[at..<at + wanted.count].elementsEqual(wanted) { places.append(at) }
            at += 1
        }
        return places
    }
}
