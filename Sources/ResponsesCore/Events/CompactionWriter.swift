import ResponsesAPI
import ResponsesEngine

/// Writes a compaction: the user's messages as they are, and one item that holds the model's summary of the rest.
///
/// The summary is sealed, as the item is opaque to clients (responses-api 10). There is one event, the last, which is the
/// `response.compaction` object itself.
struct CompactionWriter: TurnWriter {
    /// What the model is asked after the conversation.
    static let instruction: JSONText = """
        Summarize this conversation so that it can go on from your summary alone. Keep decisions, facts, names, file paths, \
        open questions and what was asked last. Answer with the summary only.
        """

    let id: ResponseID
    private let kept: [Item]
    private let sealer: OwnedSealer?
    private var summary: SummaryText
    private var usage: Usage?
    /// The object, once the response is to be completed. Written then, as large ends are written beside the loop.
    private var finished: [UInt8]?

    var heldBytes: Int { summary.text.count + keptBytes }
    var endBytes: Int { heldBytes }
    /// As items that were read: as they came, and their parts.
    private let keptBytes: Int

    /// - Parameter conversation: what is compacted; its user messages are kept.
    init(id: ResponseID, conversation: [Item], sealer: OwnedSealer?, budget: ResponseBudget = ResponseBudget(Limits())) {
        self.id = id
        kept = KeptMessages.of(conversation)
        keptBytes = 2 * EnteredItems.bytes(of: kept.lazy.map(\.json))
        self.sealer = sealer
        summary = SummaryText(budget)
    }

    var earlyEnd: EarlyEnd? { summary.earlyEnd }

    mutating func begin(into events: inout EventBuffer) {}
    mutating func leaveQueue(into events: inout EventBuffer) {}
    mutating func heartbeat(into events: inout EventBuffer) {}
    mutating func takeNumber() -> Int { 0 }

    mutating func receive(_ batch: GenerationBatch, into events: inout EventBuffer) {
        summary.receive(batch)
        usage = summary.usage ?? usage
    }

    mutating func finish(
        _ result: GenerationResult, at unixSeconds: Int, into events: inout EventBuffer
    ) -> AssembledResponse {
        usage = result.usage
        guard let item = summary.item(of: id, sealer) else { return failing(.noSummary) }
        var json = JSONWriter(reserving: 1024)
        write(item, result.usage, createdAt: unixSeconds, to: &json)
        finished = json.bytes
        return AssembledResponse(type: .completed, output: [], usage: usage, error: nil)
    }

    mutating func finishWarmup(_ usage: Usage, at unixSeconds: Int, into events: inout EventBuffer) -> AssembledResponse {
        self.usage = usage
        return failing(.noSummary)
    }

    mutating func fail(_ error: APIError, into events: inout EventBuffer) -> AssembledResponse {
        failing(error)
    }

    /// Half a summary would stand for the whole conversation.
    mutating func cut(by limit: ResponseLimit, into events: inout EventBuffer) -> AssembledResponse {
        var response = failing(.endlessSummary)
        response.limit = limit
        return response
    }

    mutating func failShort(_ error: APIError) -> AssembledResponse { failing(error) }

    mutating func cancel(into events: inout EventBuffer) -> AssembledResponse {
        AssembledResponse(type: .incomplete, output: [], usage: usage, error: nil)
    }

    mutating func failing(_ error: APIError) -> AssembledResponse {
        finished = nil
        return AssembledResponse(type: .failed, output: [], usage: usage, error: error)
    }

    func storedObject() -> RawJSON? { nil }

    mutating func writeLast(into events: inout EventBuffer) -> Range<Int> {
        guard let finished else { return 0..<0 }
        let start = events.bytes.count
        events.json.reset()
        events.json.bytes.append(contentsOf: finished)
        events.end(.completed)
        return start..<events.bytes.count
    }

    private func write(_ summary: RawJSON, _ usage: Usage, createdAt: Int, to json: inout JSONWriter) {
        let stem = id.rawValue.dropFirst("resp_".count)
        json.beginObject()
        json.key("id")
        json.value("cmpr_\(stem)")
        json.key("object")
        json.value("response.compaction")
        json.key("created_at")
        json.value(createdAt)
        json.key("output")
        json.beginArray()
        for (index, item) in kept.enumerated() { item.writeKept(id: "msg_\(stem)_\(index)", to: &json) }
        json.value(summary)
        json.endArray()
        json.key("usage")
        usage.write(to: &json)
        json.endObject()
    }
}

extension APIError {
    static let noSummary = APIError(
        status: 502, type: "server_error", code: .serverError,
        message: "The model wrote no summary. Try again, or start a new chain with the messages you need.")

    static let endlessSummary = APIError(
        status: 502, type: "server_error", code: .serverError,
        message: "The model did not come to the end of its summary within this server's limits. Try again, or start a new chain "
            + "with the messages you need.")
}

extension Item {
    /// A message as the compaction's output holds it: content is an array, whatever the client sent.
    fileprivate func writeKept(id: String, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.value(self.id ?? id)
        writer.key("type")
        writer.value("message")
        writer.key("status")
        writer.value("completed")
        writer.key("role")
        writer.value("user")
        writer.key("content")
        if let content = json["content"], content.isArray {
            writer.value(content)
        } else if case .message(let message) = body, let text = message.content.first?.text {
            writer.beginArray()
            writer.beginObject()
            writer.key("type")
            writer.value("input_text")
            writer.key("text")
            writer.value(text)
            writer.endObject()
            writer.endArray()
        } else {
            writer.literal("[]")
        }
        writer.endObject()
    }
}
