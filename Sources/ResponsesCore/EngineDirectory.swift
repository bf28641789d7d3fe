/// Which engine has a model, by the name that clients use.
public protocol EngineDirectory: Sendable {
    /// The engine and its own name of the model, or nil when no engine here has it.
    func route(model: String) -> Route?
    /// Names for the error that a client gets who asked for another.
    var offered: [String] { get }
}
