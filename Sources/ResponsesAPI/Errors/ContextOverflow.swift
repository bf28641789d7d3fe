/// By how much a conversation is too long, as far as its engine said.
public struct ContextOverflow: Sendable, Hashable {
    /// Tokens of the conversation, with instructions and tools.
    public var tokens: Int?
    /// Tokens that the context holds.
    public var limit: Int?

    public init(tokens: Int?, limit: Int?) {
        self.tokens = tokens
        self.limit = limit
    }
}
