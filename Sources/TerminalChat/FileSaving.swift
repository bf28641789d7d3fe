import LibC
import ResponsesClient

/// Files that the user names.
enum FileSaving {
    /// `~/` is the user's own directory.
    static func expanded(_ path: String) -> String {
        guard path.hasPrefix("~/"), let home = getenv("HOME") else { return path }
        return String(cString: home) + path.dropFirst()
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Readable by the user only, as conversations are private.
    ///
    /// - Throws: `ToolFailure` with the reason.
    static func write(_ text: String, to path: String) throws(ToolFailure) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw ToolFailure("'\(path)' cannot be written: \(ConfinedFolder.reason())") }
        let isWritten = FileBytes.write(Array(text.utf8), to: file)
        let reason = ConfinedFolder.reason()
        guard close(file) == 0, isWritten else { throw ToolFailure("'\(path)' could not be written whole: \(reason)") }
    }
}
