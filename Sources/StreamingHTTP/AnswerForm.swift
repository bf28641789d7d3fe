/// What follows the head of an answer.
package enum AnswerForm: Sendable, Hashable {
    /// The head does not say; the first byte of the body that is not white space does.
    case undecided
    /// Server-sent events.
    case stream
    /// One JSON object, though a stream was asked for. More bytes than this are a fault.
    case object(bytesMax: Int)
    /// A server that says no. Only so many bytes of its words are kept, and no more are waited for.
    case refusal(bytesMax: Int)
}
