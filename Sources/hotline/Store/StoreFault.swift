/// Why a file of responses could not be opened, each with its words: without an end, such as "cannot make '/x': Permission denied".
enum StoreFault: Error, Sendable, Hashable {
    /// Another process has it.
    case inUse(String)
    /// It, or its folder, cannot be made or written.
    case unwritable(String)
    /// It is there, and damaged, of another program, or of a newer version.
    case unusable(String)
}
