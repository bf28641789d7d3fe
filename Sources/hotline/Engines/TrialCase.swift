/// One thing that an engine is asked to do by `hotline engines try`.
enum TrialCase: String, CaseIterable, Sendable {
    case plain, stream, socket, freeCall, forcedCall, namedCall, twoCalls, toolLoop, reasoning, noReasoning, warmup, structured, cancel,
        fullContext

    /// For the table.
    var title: String {
        switch self {
        case .plain: "plain answer, JSON"
        case .stream: "stream, SSE"
        case .socket: "stream, WebSocket"
        case .freeCall: "call, free"
        case .forcedCall: "call, forced"
        case .namedCall: "call, one function named"
        case .twoCalls: "two calls at once"
        case .toolLoop: "answer after a tool's output"
        case .reasoning: "reasoning"
        case .noReasoning: "reasoning turned off"
        case .warmup: "warmup, then a turn"
        case .structured: "structured output"
        case .cancel: "cancel, then a turn"
        case .fullContext: "more than the context"
        }
    }
}
