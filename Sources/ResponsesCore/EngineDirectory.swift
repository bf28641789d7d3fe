import ResponsesEngine

/// Which engine answers for a model name.
public protocol EngineDirectory: Sendable {
    /// The engine and its name of the model, or nil when no engine here answers for `model`.
    func route(model: String) -> Route?
    /// Names to tell a client who asked for another.
    var offered: [String] { get }
}

public struct Route: Sendable {
    public var engine: any Engine
    /// The engine's name of the model.
    public var model: String

    public init(engine: any Engine, model: String) {
        self.engine = engine
        self.model = model
    }
}
