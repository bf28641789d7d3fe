/// What is wrong with a history as a whole. Messages are counted from 0, as the wire has them.
package enum HistoryProblem: Sendable, Hashable {
    /// An output for a call that the conversation does not have.
    case outputWithoutCall(id: String, message: Int)
    /// A second output for a call.
    case secondOutput(id: String, message: Int)
    /// Calls without an output, though the conversation goes on; the message is that of the calls.
    case callsWithoutOutput(ids: [String], message: Int)
    /// The last message is the assistant's.
    case endsWithAssistant(message: Int)
}
