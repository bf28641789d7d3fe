import LibC

/// A file that a person wrote, read as a whole.
enum TextFile {
    struct Unreadable: Error {
        var reason: String
        /// Whether there is none.
        var isMissing = false
    }

    /// - Parameter bytesMax: a larger file is another one than was meant.
    static func read(_ path: String, bytesMax: Int) throws(Unreadable) -> String {
        guard let file = fopen(path, "r") else { throw Unreadable(reason: reason(errno), isMissing: errno == ENOENT || errno == ENOTDIR) }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: bytesMax + 1)
        let count = fread(&bytes, 1, bytes.count, file)
        guard ferror(file) == 0 else { throw Unreadable(reason: reason(errno)) }
        guard count <= bytesMax else { throw Unreadable(reason: "it is larger than \(bytesMax >> 10) KiB") }
        guard let text = String(validating: bytes.prefix(count), as: UTF8.self) else { throw Unreadable(reason: "it is not UTF-8") }
        return text
    }

    private static func reason(_ code: Int32) -> String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }
}
