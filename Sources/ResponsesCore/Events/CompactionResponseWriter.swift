import ResponsesAPI
import ResponsesEngine

/// Writes a response that is a compaction: one `compaction` item, which holds the model's summary sealed (responses-api 10).
///
/// For a create whose last item is a `compaction_trigger`. Its events are those of any response, so that clients which stream see it
/// begin, live and end; of what the model says nothing is shown.
struct CompactionResponseWriter: TurnWriter {
    private var response: ResponseAssembler
    private var summary: SummaryText
    private let sealer: OwnedSealer?

    init(_ response: ResponseAssembler, sealer: OwnedSealer?, budget: ResponseBudget) {
        self.response = response
        self.sealer = sealer
        summary = SummaryText(budget)
    }

    var id: ResponseID { response.id }
    var heldBytes: Int { response.heldBytes + summary.text.count }
    var endBytes: Int { response.endBytes + summary.text.count }
    var exceededLimit: ResponseLimit? { summary.exceededLimit }

    mutating func begin(into events: inout EventBuffer) { response.begin(into: &events) }
    mutating func heartbeat(into events: inout EventBuffer) { response.heartbeat(into: &events) }
    mutating func takeNumber() -> Int { response.takeNumber() }
    mutating func receive(_ batch: GenerationBatch, into events: inout EventBuffer) { summary.receive(batch) }

    mutating func finish(_ result: GenerationResult, at unixSeconds: Int, into events: inout EventBuffer) -> AssembledResponse {
        guard let item = summary.item(of: id, sealer) else { return response.fail(.noSummary, into: &events) }
        var batch = GenerationBatch()
        batch.append(endedItem: item, number: 0)
        response.receive(batch, into: &events)
        // The item is whole, whatever ended the text in it.
        return response.finish(GenerationResult(finish: .stop, usage: result.usage), at: unixSeconds, into: &events)
    }

    mutating func finishWarmup(_ usage: Usage, at unixSeconds: Int, into events: inout EventBuffer) -> AssembledResponse {
        response.finishWarmup(usage, at: unixSeconds, into: &events)
    }

    mutating func fail(_ error: APIError, into events: inout EventBuffer) -> AssembledResponse { response.fail(error, into: &events) }

    /// Half a summary would stand for the whole conversation.
    mutating func cut(by limit: ResponseLimit, into events: inout EventBuffer) -> AssembledResponse {
        var written = response.fail(.endlessSummary, into: &events)
        written.limit = limit
        return written
    }

    mutating func failShort(_ error: APIError) -> AssembledResponse { response.failShort(error) }
    mutating func cancel(into events: inout EventBuffer) -> AssembledResponse { response.cancel(into: &events) }
    mutating func failing(_ error: APIError) -> AssembledResponse { response.failing(error) }
    func storedObject() -> RawJSON? { nil }
    mutating func writeLast(into events: inout EventBuffer) -> Range<Int> { response.writeLast(into: &events) }
}
