/// How it went where a turn was placed: what health and load learn from.
public enum PlacementOutcome: Hashable, Sendable {
    /// The engine did what was asked.
    case finished
    case failed(EngineError)
    /// The client or the server stopped the turn, which says nothing of the engine.
    case stopped
    /// The turn ended before the engine was asked for anything.
    case unused
}
