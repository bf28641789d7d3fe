/// Where a turn runs.
public struct Placement: Sendable {
    public var engine: any Engine
    public var id: EngineID
    /// The engine's own name of the model.
    public var model: String

    public init(engine: any Engine, id: EngineID = "engine", model: String) {
        self.engine = engine
        self.id = id
        self.model = model
    }
}
