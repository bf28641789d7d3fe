/// What an engine says of the size of a request.
public enum TokenCount: Sendable, Hashable {
    /// Tokens of the input: instructions, tools and conversation.
    case counted(Int)
    /// This engine has no such call; the reason is for logs.
    case unsupported(reason: String)
}
