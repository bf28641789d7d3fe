/// A line as it came from the keyboard.
enum EditedLine: Hashable, Sendable {
    case line(String)
    /// Ctrl-C.
    case interrupted
    /// Ctrl-D on an empty line, a terminal that went away, or an editor that was closed.
    case ended
}
