import ResponsesAPI

/// A model as a server lists it.
public struct ListedModel: Sendable, Hashable {
    public var name: String
    /// Tokens that fit into its context; nil when the server does not say.
    public var contextTokens: Int?
    /// Tokens that an answer may have at most; nil when the server does not say.
    public var outputTokens: Int?

    public init(name: String, contextTokens: Int? = nil, outputTokens: Int? = nil) {
        self.name = name
        self.contextTokens = contextTokens
        self.outputTokens = outputTokens
    }

    /// Nil for what has no name.
    init?(_ json: RawJSON) {
        guard let name = json["id"]?.stringValue else { return nil }
        let tokens = ["context_length", "max_model_len", "context_window"].lazy.compactMap { json[$0]?.intValue }
        self.init(name: name, contextTokens: tokens.first { $0 > 0 }, outputTokens: json["max_tokens"]?.intValue.flatMap { $0 > 0 ? $0 : nil })
    }
}
