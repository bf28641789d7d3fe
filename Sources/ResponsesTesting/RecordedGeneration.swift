public import ResponsesAPI
import ResponsesCore
public import ResponsesEngine

/// What a generation's batches and its result say together, and which rules of the seam they break.
public struct RecordedGeneration: Sendable {
    public struct Call: Sendable, Hashable {
        public var head: ToolCallHead
        /// Arguments or free input, joined.
        public var input: String
    }

    /// Deltas joined.
    public private(set) var text = ""
    public private(set) var refusal = ""
    public private(set) var reasoning = ""
    public private(set) var summary = ""
    public private(set) var annotations: [RawJSON] = []
    public private(set) var calls: [Call] = []
    /// Items that the engine handed over whole, as they ended.
    public private(set) var items: [RawJSON] = []
    private var openItems: Set<Int> = []
    private var endedItems: Set<Int> = []
    /// The counts of the result; without one, the last that a batch had.
    public private(set) var usage: Usage?
    /// Nil without a result.
    public let finish: FinishReason?
    /// Pieces of text, refusal, reasoning and calls' inputs.
    public private(set) var deltas = 0
    /// In how many batches they came.
    public let batches: Int
    /// Broken rules, a sentence each.
    public private(set) var problems: [String] = []

    /// - Parameter result: what the engine returned; nil when it threw, or has not yet returned.
    public init(_ batches: [GenerationBatch], _ result: GenerationResult?) {
        self.batches = batches.count
        finish = result?.finish
        for batch in batches {
            for event in batch.events { read(event, of: batch) }
        }
        if let result {
            usage = result.usage
            check(result.usage)
            if !openItems.isEmpty { problems.append("An item began and did not end.") }
        }
    }

    private mutating func read(_ event: GenerationBatch.Event, of batch: GenerationBatch) {
        switch event {
        case .usage(let usage):
            self.usage = usage
            check(usage)
        case .text(let range): text += delta(range, of: batch)
        case .refusal(let range): refusal += delta(range, of: batch)
        case .reasoning(let range): reasoning += delta(range, of: batch)
        case .toolCall(let number, let head):
            if number != calls.count { problems.append("Calls are not numbered from 0 in their order.") }
            if head.name.isEmpty { problems.append("A call has no name.") }
            calls.append(Call(head: head, input: ""))
        case .toolInput(let number, let range):
            let input = delta(range, of: batch)
            if calls.indices.contains(number) {
                calls[number].input += input
            } else {
                problems.append("A call's input came before the call.")
            }
        case .logprobs, .partEnded: break
        case .reasoningSummary(let range): summary += delta(range, of: batch)
        case .annotation(let json):
            annotations.append(json)
            if !json.isObject { problems.append("An annotation is not an object.") }
        case .itemBegan(let number, let item):
            check(item)
            if endedItems.contains(number) || !openItems.insert(number).inserted { problems.append("An item began twice.") }
        case .itemProgress(let number, let name, _):
            if !openItems.contains(number) { problems.append("There is progress of an item that is not open.") }
            if name.isOfResponse { problems.append("Progress of an item is given by an event that is the server's own.") }
        case .itemEnded(let number, let item):
            check(item)
            items.append(item)
            openItems.remove(number)
            if !endedItems.insert(number).inserted { problems.append("An item ended twice.") }
        }
    }

    private mutating func check(_ item: RawJSON) {
        if item["type"]?.stringValue?.isEmpty ?? true { problems.append("An item has no type.") }
    }

    /// A delta's text, once it was checked that it may stand in JSON as it is.
    private mutating func delta(_ range: Range<Int>, of batch: GenerationBatch) -> String {
        deltas += 1
        guard range.lowerBound >= 0, range.upperBound <= batch.escaped.count else {
            problems.append("A delta refers to bytes its batch does not hold.")
            return ""
        }
        let quote = UInt8(ascii: "\"")
        guard (try? RawJSON(parsing: [quote] + batch.escaped[range] + [quote])) != nil else {
            problems.append("A delta is not escaped UTF-8 that could stand between quotes.")
            return ""
        }
        return batch.string(range)
    }

    private mutating func check(_ usage: Usage) {
        let counts = [usage.inputTokens, usage.cachedTokens, usage.outputTokens, usage.reasoningTokens]
        if counts.contains(where: { $0 < 0 }) { problems.append("A count of tokens is negative.") }
        if usage.cachedTokens > usage.inputTokens { problems.append("More tokens were cached than the input has.") }
        if usage.reasoningTokens > usage.outputTokens { problems.append("More tokens were reasoning than were put out.") }
    }
}
