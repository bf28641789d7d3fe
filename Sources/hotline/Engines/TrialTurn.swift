import ResponsesAPI
import ResponsesClient

/// A turn of a trial, as it was seen.
struct TrialTurn: Sendable {
    var response: ResponseObject
    /// The text of its deltas.
    var deltas = ""
    var hasReasoning = false
    /// From the request to the first event that the model made.
    var firstByte: Duration?

    var calls: [Item.ToolCall] { response.toolCalls }
    var text: String { response.outputText }

    /// Whether the model made it: neither the beginning of a response nor a sign of life.
    static func isContent(_ event: ServerEvent) -> Bool {
        switch event.body {
        case .created, .inProgress, .queued, .completed, .incomplete, .failed, .error, .other: false
        default: true
        }
    }

    /// Reads a turn to its end.
    init(_ turn: Turn, since started: ContinuousClock.Instant) async throws {
        var deltas = ""
        var first: Duration?
        var hasReasoning = false
        for try await event in turn {
            if first == nil, Self.isContent(event) { first = ContinuousClock.now - started }
            switch event.body {
            case .outputTextDelta(_, let delta): deltas += delta.string
            case .reasoningTextDelta, .reasoningSummaryTextDelta: hasReasoning = true
            default: break
            }
        }
        response = try await turn.response()
        self.deltas = deltas
        firstByte = first
        self.hasReasoning = hasReasoning || (response.usage?.reasoningTokens ?? 0) > 0
    }
}
