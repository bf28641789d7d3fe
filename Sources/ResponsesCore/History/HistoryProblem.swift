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

    /// An id in the words of a problem. It is the client's, of any length.
    package static func short(_ id: String) -> String { String(id.prefix(64)) }

    /// Ids in the words of a problem; the first of very many.
    package static func list(_ ids: [String], quote: String = "") -> String {
        ids.prefix(8).map { quote + short($0) + quote }.joined(separator: ", ") + (ids.count > 8 ? " and \(ids.count - 8) more" : "")
    }
}
