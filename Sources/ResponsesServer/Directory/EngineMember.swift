public import ResponsesEngine

/// One of several engines, and the models that it was said to have.
public struct EngineMember: Sendable {
    /// What it is called in the log; it must hold no key.
    public var id: EngineID
    public var engine: any Engine
    /// Models by the names clients use, given by hand.
    public var models: [String: NamedModel]
    /// Whether the models of its own list can be asked for as well.
    public var offersList: Bool
    /// Its own list, when it was asked already.
    public var listed: [EngineModel]?

    public init(
        id: EngineID, engine: any Engine, models: [String: NamedModel] = [:], offersList: Bool = true, listed: [EngineModel]? = nil
    ) {
        self.listed = listed
        self.id = id
        self.engine = engine
        self.models = models
        self.offersList = offersList
    }
}
