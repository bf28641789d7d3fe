import ResponsesAPI
import ResponsesEngine

/// A response while its conversation is compacted: the client sees it begin and live, and of the summary only the `compaction` item that
/// comes of it (responses-api 10).
///
/// The item is all of a response whose create ends with a `compaction_trigger`, and the first item of one that is answered after it.
struct CompactingWriter: TurnWriter {
    /// Goes on, or ends, with the item.
    private(set) var response: any TurnWriter
    private var summary: SummaryText
    private let sealer: OwnedSealer?

    init(_ response: any TurnWriter, sealer: OwnedSealer?, budget: ResponseBudget) {
        self.response = response
        self.sealer = sealer
        summary = SummaryText(budget)
    }

    /// The model wrote its summary: the response with the compaction as its first item, and that item. Nil when it wrote nothing.
    func compacted(into events: inout EventBuffer) -> (response: any TurnWriter, item: RawJSON)? {
        guard let item = summary.item(of: id, sealer) else { return nil }
        var response = response
        var batch = GenerationBatch()
        batch.append(endedItem: item, number: 0)
        response.receive(batch, into: &events)
        return (response, item)
    }

    var id: ResponseID { response.id }
    var heldBytes: Int { response.heldBytes + summary.text.count }
    var endBytes: Int { response.endBytes + summary.text.count }
    var earlyEnd: EarlyEnd? { summary.earlyEnd }

    mutating func begin(into events: inout EventBuffer) { response.begin(into: &events) }
    mutating func leaveQueue(into events: inout EventBuffer) { response.leaveQueue(into: &events) }
    mutating func heartbeat(into events: inout EventBuffer) { response.heartbeat(into: &events) }
    mutating func takeNumber() -> Int { response.takeNumber() }
    mutating func receive(_ batch: GenerationBatch, into events: inout EventBuffer) { summary.receive(batch) }

    mutating func finish(_ result: GenerationResult, at unixSeconds: Int, into events: inout EventBuffer) -> AssembledResponse {
        guard let compacted = compacted(into: &events) else { return response.fail(.noSummary, into: &events) }
        response = compacted.response
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
    func storedObject() -> RawJSON? { response.storedObject() }
    mutating func writeLast(into events: inout EventBuffer) -> Range<Int> { response.writeLast(into: &events) }
}
