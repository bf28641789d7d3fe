/// What was learnt of an engine while it worked: a field of its profile and its value, as `EngineProfile.set` reads them.
public struct LearntField: Sendable, Hashable {
    /// The model that refused something else; nil when it is kept for all models of the engine.
    public var model: String?
    public var field: String
    public var value: String
}
