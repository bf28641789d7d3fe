import ResponsesAPI

/// Why a history cannot be read.
enum HistoryFailure: Error, Sendable {
    /// One message is wrong.
    case refused(APIError)
    /// The messages do not belong together.
    case problem(HistoryProblem)
}
