/// A model as an engine offers it.
public struct EngineModel: Sendable, Hashable {
    public var id: String
    /// Unix seconds; 0 when the engine does not say.
    public var created: Int
    public var ownedBy: String
    /// Tokens that fit into the model's context; nil when the engine does not say.
    public var contextTokens: Int?

    public init(id: String, created: Int = 0, ownedBy: String = "engine", contextTokens: Int? = nil) {
        self.id = id
        self.created = created
        self.ownedBy = ownedBy
        self.contextTokens = contextTokens
    }
}
