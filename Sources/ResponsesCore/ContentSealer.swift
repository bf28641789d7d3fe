import ResponsesAPI

/// Seals text that a client carries for us (reasoning, compacted history) so that only this server can read it back, and only
/// for the client's owner.
///
/// A value without I/O: authenticated encryption under the server's key, bound to what the text is for and whose it is.
public protocol ContentSealer: Sendable {
    func seal(_ text: JSONText, as purpose: SealPurpose, for owner: Owner) -> String
    /// Nil when it was sealed elsewhere, for something or somebody else, or was changed.
    func open(_ sealed: String, as purpose: SealPurpose, for owner: Owner) -> JSONText?
}
