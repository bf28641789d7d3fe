/// Why a file of responses could not be opened.
enum StoreFault: Error, Sendable, Hashable {
    /// Another process has it.
    case inUse
    /// It, or its folder, cannot be made or written. Without its end, such as "cannot make '/x': Permission denied".
    case unwritable(String)
    /// It is there, and damaged, of another program, or of a newer version.
    case unusable(String)
}
