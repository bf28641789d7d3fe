import ResponsesAPI
import ResponsesEngine

/// The text of a compaction, as the model writes it: what it does beside, no tool being callable, is not the conversation's.
struct SummaryText: Sendable {
    /// Escaped.
    private(set) var text: [UInt8] = []
    private(set) var usage: Usage?
    private var budget: ResponseBudget

    init(_ budget: ResponseBudget) { self.budget = budget }

    var exceededLimit: ResponseLimit? { budget.exceeded }

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
