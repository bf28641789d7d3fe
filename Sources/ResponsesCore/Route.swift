import ResponsesEngine

/// Where a turn's work goes.
public struct Route: Sendable {
    public var engine: any Engine
    /// What the engine is called in logs.
    public var name: String
    /// The engine's name of the model.
    public var model: String

    public init(engine: any Engine, name: String = "engine", model: String) {
        self.engine = engine
        self.name = name
        self.model = model
    }
}
