/// What a directory says to a turn that wants an engine.
public enum PlacementAnswer: Sendable {
    case placed(Placement)
    /// No engine takes it: the model is unknown, or every engine that has it is gone or excluded.
    case refused(EngineError)
    /// An engine may take it later. The turn waits for what this returns, as a task that is cancelled with the turn.
    case later(@Sendable () async throws(EngineError) -> Placement)
}
