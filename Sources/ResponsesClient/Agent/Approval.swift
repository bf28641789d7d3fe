/// The answer to whether a tool may run.
public enum Approval: Sendable, Hashable {
    case allow
    /// The model gets the reason.
    case deny(reason: String)
}
