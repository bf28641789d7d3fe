import LibC

/// Where a server keeps what outlasts it: for its user only.
///
/// The folder that was named, else `hotline` where the platform keeps such things: `$XDG_STATE_HOME` or `~/.local/state`, on macOS
/// `~/Library/Application Support`.
struct StateFolder: Sendable, Hashable {
    let path: String

    /// Why a file of it cannot be had.
    struct Problem: Error, Hashable {
        /// Without its end, such as "cannot read '/x': Permission denied".
        var message: String
    }

    init(path: String) { self.path = path }

    /// - Parameter named: what the operator said.
    /// - Returns: nil when nothing was said and there is no home folder.
    init?(named: String?, environment: (String) -> String?) {
        func set(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
        if let named {
            path = named
            return
        }
        #if os(macOS)
        guard let home = set("HOME") else { return nil }
        path = "\(home)/Library/Application Support/hotline"
        #else
        // A relative path there is to be ignored, as the rules of these folders say.
        guard let base = set("XDG_STATE_HOME").flatMap({ $0.hasPrefix("/") ? $0 : nil }) ?? set("HOME").map({ "\($0)/.local/state" })
        else { return nil }
        path = "\(base)/hotline"
        #endif
    }

    /// The folder is there afterwards, and nobody but its user may write in it.
    func make() throws(Problem) {
        try makeFolders()
        var facts = stat()
        guard stat(path, &facts) == 0 else { throw problem("read", path) }
        guard facts.st_mode & 0o022 == 0 else { throw Problem(message: "others may write in '\(path)'; take that right away (chmod 700)") }
    }

    func has(_ name: String) -> Bool { access("\(path)/\(name)", F_OK) == 0 }

    /// The bytes of a file in it, which are made once and the same for every process: of two that make it at a time the first wins.
    ///
    /// - Parameter content: what a new file is to hold.
    func file(_ name: String, bytesMax: Int, making content: () -> [UInt8]) throws(Problem) -> [UInt8] {
        let file = "\(path)/\(name)"
        if let bytes = try read(file, bytesMax: bytesMax) { return bytes }
        try make()
        // Written aside and given its name when it is whole.
        let draft = "\(file).\(UInt64.random(in: 0...UInt64.max))"
        try write(content(), to: draft)
        defer { unlink(draft) }
        // Some file systems have no links; there the last of two that make it at a time wins.
        guard link(draft, file) == 0 || errno == EEXIST || rename(draft, file) == 0 else { throw problem("make", file) }
        guard let bytes = try read(file, bytesMax: bytesMax) else { throw Problem(message: "'\(file)' is gone again") }
        return bytes
    }

    /// Nil when there is none.
    private func read(_ file: String, bytesMax: Int) throws(Problem) -> [UInt8]? {
        // What is not a file must not hold the start up.
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw problem("read", file)
        }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw problem("read", file) }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw Problem(message: "'\(file)' is not a file") }
        guard facts.st_uid == geteuid() else { throw Problem(message: "'\(file)' belongs to another user") }
        guard facts.st_mode & 0o077 == 0 else { throw Problem(message: "others may read '\(file)'; take that right away (chmod 600)") }
        var bytes = [UInt8](repeating: 0, count: bytesMax + 1)
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes { LibC.read(descriptor, $0.baseAddress! + count, $0.count - count) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw problem("read", file) }
            if got == 0 { break }
            count += got
        }
        guard count <= bytesMax else { throw Problem(message: "'\(file)' is larger than \(bytesMax) bytes") }
        return Array(bytes.prefix(count))
    }

    private func write(_ bytes: [UInt8], to file: String) throws(Problem) {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw problem("write", file) }
        var isWritten = bytes.withUnsafeBytes { LibC.write(descriptor, $0.baseAddress, $0.count) } == bytes.count
        isWritten = isWritten && fsync(descriptor) == 0
        guard close(descriptor) == 0, isWritten else { throw problem("write", file) }
    }

    /// This folder for its user only; those that it is in as they usually are.
    private func makeFolders() throws(Problem) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        var folder = path.hasPrefix("/") ? "" : "."
        for (index, part) in parts.enumerated() {
            folder += "/\(part)"
            let isLast = index == parts.count - 1
            guard mkdir(folder, isLast ? 0o700 : 0o755) == 0 || errno == EEXIST || errno == EISDIR else { throw problem("make", folder) }
        }
    }

    private func problem(_ verb: String, _ file: String) -> Problem {
        Problem(message: "cannot \(verb) '\(file)': \(String(cString: strerror(errno)))")
    }
}
