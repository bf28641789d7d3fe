import ResponsesAPI
import ResponsesEngine

/// Writes how many tokens a turn's input has: one event, the last, which is the object that its wire has for that.
struct CountWriter: TurnWriter {
    let id: ResponseID
    let estimatedInputTokens: Int
    private let format: any WireFormat
    private var inputTokens: Int?

    init(id: ResponseID, estimatedInputTokens: Int, format: any WireFormat) {
        self.format = format
        self.id = id
        self.estimatedInputTokens = estimatedInputTokens
    }

    var heldBytes: Int { 0 }
    var endBytes: Int { 0 }
    /// Nothing is generated.
    var earlyEnd: EarlyEnd? { nil }

    mutating func begin(into events: inout EventBuffer) {}
    mutating func leaveQueue(into events: inout EventBuffer) {}
    mutating func heartbeat(into events: inout EventBuffer) {}
    mutating func takeNumber() -> Int { 0 }
    mutating func receive(_ batch: GenerationBatch, into events: inout EventBuffer) {}

    mutating func finish(
        _ result: GenerationResult, at unixSeconds: Int, into events: inout EventBuffer
    ) -> AssembledResponse {
        finishWarmup(result.usage, at: unixSeconds, into: &events)
    }

    mutating func finishWarmup(_ usage: Usage, at unixSeconds: Int, into events: inout EventBuffer) -> AssembledResponse {
        inputTokens = max(0, usage.inputTokens)
        return AssembledResponse(type: .completed, output: [], usage: usage, error: nil)
    }

    mutating func fail(_ error: APIError, into events: inout EventBuffer) -> AssembledResponse { failing(error) }
    mutating func failShort(_ error: APIError) -> AssembledResponse { failing(error) }

    /// Half a count is none.
    mutating func cut(by limit: ResponseLimit, into events: inout EventBuffer) -> AssembledResponse {
        var response = failing(.countTookTooLong)
        response.limit = limit
        return response
    }

    mutating func cancel(into events: inout EventBuffer) -> AssembledResponse {
        AssembledResponse(type: .incomplete, output: [], usage: nil, error: nil)
    }

    mutating func failing(_ error: APIError) -> AssembledResponse {
        inputTokens = nil
        return AssembledResponse(type: .failed, output: [], usage: nil, error: error)
    }

    func storedObject() -> RawJSON? { nil }

    mutating func writeLast(into events: inout EventBuffer) -> Range<Int> {
        guard let inputTokens else { return 0..<0 }
        let start = events.bytes.count
        events.json.reset()
        events.json.bytes.append(contentsOf: format.countObject(inputTokens))
        events.end(.completed)
        return start..<events.bytes.count
    }
}

extension APIError {
    fileprivate static let countTookTooLong = APIError(
        status: 504, type: "server_error", code: .engineTimeout,
        message: "The engine did not count the tokens within this server's limits. Try again later.")
}
