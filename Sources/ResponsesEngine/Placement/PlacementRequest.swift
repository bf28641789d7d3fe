public import ResponsesAPI

/// What is known of a turn before its prompt is made: enough to choose its engine.
public struct PlacementRequest: Hashable, Sendable {
    /// The model's name as the client said it.
    public var model: String
    /// Whose turn it is, for shares and affinity.
    public var owner: Owner
    /// The engine that worked on the chain's turn before, whose cache holds the prefix. Nil at the beginning of a chain.
    public var affinity: EngineID?
    /// Bytes of the chain and of what the turn adds: about what an engine without the prefix would have to read.
    public var bytes: Int
    /// Engines that failed this turn before it said anything.
    public var excluded: Set<EngineID>

    public init(
        model: String, owner: Owner, affinity: EngineID? = nil, bytes: Int = 0, excluded: Set<EngineID> = []
    ) {
        self.model = model
        self.owner = owner
        self.affinity = affinity
        self.bytes = bytes
        self.excluded = excluded
    }
}
