import ResponsesAPI
import ResponsesEngine

/// The text of a compaction, as the model writes it: what it does beside, no tool being callable, is not the conversation's.
struct SummaryText: Sendable {
    /// Escaped.
    private(set) var text: [UInt8] = []
    private(set) var usage: Usage?
    private var budget: ResponseBudget

    init(_ budget: ResponseBudget) { self.budget = budget }

    var earlyEnd: EarlyEnd? { budget.exceeded.map { .limit($0) } }

    /// The item that holds it sealed, for the response `id`; nil when the model wrote nothing.
    func item(of id: ResponseID, _ sealer: OwnedSealer?) -> RawJSON? {
        guard !text.isEmpty, let sealer else { return nil }
        var json = JSONWriter(reserving: 2 * text.count + 128)
        json.beginObject()
        json.key("id")
        json.value("cmp_\(id.rawValue.dropFirst("resp_".count))_0")
        json.key("type")
        json.value(literal: "compaction")
        json.key("encrypted_content")
        json.value(sealer.seal(JSONText(escapedSlice: text[...]), as: .compaction))
        json.endObject()
        return json.raw
    }

    mutating func receive(_ batch: GenerationBatch) {
        for event in batch.events {
            guard budget.exceeded == nil else { return }
            switch event {
            // A refusal stands in the message, too.
            case .text(let range), .refusal(let range):
                if let range = budget.fitting(range, of: batch.escaped) { text.append(contentsOf: batch.escaped[range]) }
            case .usage(let usage): self.usage = usage
            // It counts all the same: a model may think without end.
            case .reasoning(let range), .reasoningSummary(let range), .toolInput(_, let range): _ = budget.take(range.count)
            case .partEnded, .annotation, .toolCall, .logprobs, .itemBegan, .itemProgress, .itemEnded: break
            }
        }
    }
}
