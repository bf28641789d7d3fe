/// Which engine answers for a model's name.
public protocol EngineDirectory: Sendable {
    /// The engine and its name of the model, or nil when no engine here answers for `model`.
    func route(model: String) -> Route?
    /// Names for the error that a client gets who asked for another.
    var offered: [String] { get }
}
