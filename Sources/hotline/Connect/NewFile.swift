import LibC

/// A file that is there whole or not at all.
enum NewFile {
    /// Writes `text` to `path`, readable by its owner only.
    ///
    /// - Parameter replaces: whether a file that is there is replaced. Else it stays as it is, also one that appears meanwhile.
    /// - Throws: `Failure` when it is there, or cannot be written.
    static func write(_ text: String, to path: String, replaces: Bool) throws(Failure) {
        try write(to: path, replaces: replaces) { append throws(Failure) in try append(text) }
    }

    /// The same for what is written piece by piece: the file is there when `body` has returned, and not at all when it throws.
    static func write(
        to path: String, replaces: Bool, _ body: (_ append: (String) throws(Failure) -> Void) throws(Failure) -> Void
    ) throws(Failure) {
        guard !path.isEmpty else { throw cannotWrite(path, ENOENT) }
        // In the same folder, as a file is not moved between file systems; of a name that nobody else has.
        let draft = "\(path).\(UInt64.random(in: 0...UInt64.max)).new"
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw cannotWrite(path, errno) }
        defer { unlink(draft) }
        do throws(Failure) {
            try body { text throws(Failure) in
                if let code = append(text, to: file) { throw cannotWrite(path, code) }
            }
        } catch {
            close(file)
            throw error
        }
        var code = fsync(file) == 0 ? 0 : errno
        if close(file) != 0, code == 0 { code = errno }
        guard code == 0 else { throw cannotWrite(path, code) }
        if replaces {
            guard rename(draft, path) == 0 else { throw cannotWrite(path, errno) }
        } else {
            // Unlike a rename, it fails for a name that is taken.
            guard link(draft, path) == 0 else { throw errno == EEXIST ? isThere(path) : cannotWrite(path, errno) }
        }
    }

    /// - Returns: the error's number when not all could be written.
    private static func append(_ text: String, to file: Int32) -> Int32? {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { LibC.write(file, $0.baseAddress, $0.count) }
            if count > 0 { bytes = bytes.dropFirst(count) } else if errno != EINTR { return errno }
        }
        return nil
    }

    /// Writes `text` to `path`, unless something is there. What appears meanwhile stays as it is.
    ///
    /// - Throws: `Failure` when it cannot be written.
    static func writeIfAbsent(_ text: String, to path: String) throws(Failure) {
        // A link that leads nowhere is something, too.
        var status = stat()
        if lstat(path, &status) == 0 { return }
        do throws(Failure) {
            try write(text, to: path, replaces: false)
        } catch {
            if lstat(path, &status) != 0 { throw error }
        }
    }

    private static func isThere(_ path: String) -> Failure {
        Failure(message: "'\(path)' is there already", wayOut: "Name another file, or add --force to replace it.", code: 73)
    }

    private static func cannotWrite(_ path: String, _ code: Int32) -> Failure {
        Failure(
            message: "cannot write '\(path)': \(String(cString: strerror(code)))", wayOut: "Name a file in a folder that you may write to.",
            code: 73)
    }
}
