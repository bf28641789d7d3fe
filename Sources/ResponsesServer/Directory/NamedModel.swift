/// A model given by hand: what its engine calls it, and what the engine does not say of it.
public struct NamedModel: Sendable, Hashable {
    /// The engine's own name.
    public var name: String
    /// Tokens that fit into its context; nil to take what the engine says.
    public var contextTokens: Int?

    public init(_ name: String, contextTokens: Int? = nil) {
        self.name = name
        self.contextTokens = contextTokens
    }
}
