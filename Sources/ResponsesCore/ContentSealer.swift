import ResponsesAPI

/// Seals text that a client carries for us (reasoning, compacted history) so that only this server can read it back.
///
/// A value without I/O: authenticated encryption under the server's key, bound to what the text is for.
public protocol ContentSealer: Sendable {
    func seal(_ text: JSONText, as purpose: SealPurpose) -> String
    /// Nil when it was sealed elsewhere, for something else, or was changed.
    func open(_ sealed: String, as purpose: SealPurpose) -> JSONText?
}
