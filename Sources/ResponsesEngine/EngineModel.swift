/// A model as an engine offers it.
public struct EngineModel: Sendable, Hashable {
    public var id: String
    /// Unix seconds; 0 when the engine does not say.
    public var created: Int
    public var ownedBy: String
    /// Tokens that fit into the model's context; nil when the engine does not say.
    public var contextTokens: Int?
    /// Tokens of the longest answer; nil when the engine does not say.
    public var outputTokens: Int?
    /// Whether it takes images; nil when the engine does not say.
    public var takesImages: Bool?
    /// The efforts of reasoning that can be asked for, in the words of `reasoning.effort`, least first; empty when there are none.
    public var efforts: [String]

    public init(
        id: String, created: Int = 0, ownedBy: String = "engine", contextTokens: Int? = nil, takesImages: Bool? = nil,
        efforts: [String] = [], outputTokens: Int? = nil
    ) {
        self.id = id
        self.created = created
        self.ownedBy = ownedBy
        self.contextTokens = contextTokens
        self.takesImages = takesImages
        self.efforts = efforts
        self.outputTokens = outputTokens
    }
}
