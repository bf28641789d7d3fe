import ResponsesAPI

/// What an engine produced since its last batch, in order.
///
/// A batch holds its texts in one array of bytes and refers to them by range, so that a hundred deltas that came in one
/// piece of the network cost no hundred allocations. Texts are kept escaped, as JSON spells them: an adapter copies
/// what its upstream sent, and the server copies it into its events.
public struct GenerationBatch: Sendable {
    /// One thing that happened in a generation. What is large and rare is behind a reference, so that deltas stay small.
    public enum Event: Sendable, Hashable {
        /// More of the answer. The range is of `escaped`.
        case text(Range<Int>)
        /// More of a refusal.
        case refusal(Range<Int>)
        /// More of the model's raw reasoning.
        case reasoning(Range<Int>)
        /// More of a summary of its reasoning. Stands beside raw reasoning in one item.
        case reasoningSummary(Range<Int>)
        /// The part that is being written is whole: what comes next of its kind is another part.
        case partEnded
        /// An annotation of the text just before, such as a `url_citation`.
        case annotation(RawJSON)
        /// A call begins. `call` numbers the calls of this generation from 0.
        indirect case toolCall(call: Int, ToolCallHead)
        /// More of a call's arguments (JSON as text) or free input.
        case toolInput(call: Int, Range<Int>)
        /// Log probabilities of the text just before, as the items of `logprobs`.
        case logprobs(RawJSON)
        /// An item begins that the engine hands over whole, of a kind this server need not know, such as `web_search_call`. The
        /// number counts such items of this generation from 0. The item keeps its id, if it has one.
        indirect case itemBegan(Int, RawJSON)
        /// An event about that item. The object's own fields are passed on; the server adds those of place and order. Events about
        /// the response itself, or that an item was added or done, are the server's and are not passed on.
        indirect case itemProgress(Int, EventName, RawJSON)
        /// The item as it is in the end. Without an `itemBegan` it begins and ends at once.
        indirect case itemEnded(Int, RawJSON)
        /// The counts so far, for a turn that fails or is cancelled; those of a whole one are in its `GenerationResult`.
        indirect case usage(Usage)
    }

    public private(set) var events: [Event] = []
    /// The texts of all events, escaped, back to back.
    public private(set) var escaped: [UInt8] = []

    /// Room for a fast engine's deltas of one read, so that the arrays need not grow to it in steps.
    public init() {
        events.reserveCapacity(40)
        escaped.reserveCapacity(512)
    }

    public var isEmpty: Bool { events.isEmpty }

    public mutating func removeAll() {
        events.removeAll(keepingCapacity: true)
        escaped.removeAll(keepingCapacity: true)
    }

    /// The text of a range, decoded. For engines and tests; the server works on `escaped`.
    public func string(_ range: Range<Int>) -> String {
        escaped[range].withUnsafeBufferPointer { JSONText(escaped: $0, hasEscapes: true).string }
    }

    public mutating func append(text: String) { events.append(.text(append(text))) }
    public mutating func append(refusal: String) { events.append(.refusal(append(refusal))) }
    public mutating func append(reasoning: String) { events.append(.reasoning(append(reasoning))) }
    public mutating func append(reasoningSummary: String) { events.append(.reasoningSummary(append(reasoningSummary))) }
    public mutating func appendPartEnd() { events.append(.partEnded) }
    public mutating func append(annotation: RawJSON) { events.append(.annotation(annotation)) }
    public mutating func append(begunItem: RawJSON, number: Int) { events.append(.itemBegan(number, begunItem)) }
    public mutating func append(progress: EventName, ofItem number: Int, _ fields: RawJSON) {
        events.append(.itemProgress(number, progress, fields))
    }
    public mutating func append(endedItem: RawJSON, number: Int) { events.append(.itemEnded(number, endedItem)) }
    public mutating func append(call: Int, _ head: ToolCallHead) { events.append(.toolCall(call: call, head)) }
    public mutating func append(call: Int, input: String) { events.append(.toolInput(call: call, append(input))) }
    public mutating func append(logprobs: RawJSON) { events.append(.logprobs(logprobs)) }
    public mutating func append(usage: Usage) { events.append(.usage(usage)) }

    // Texts that are escaped already: bytes that stood between the quotes of valid JSON.
    package mutating func append(text: UnsafeBufferPointer<UInt8>, hasEscapes: Bool) {
        events.append(.text(append(text, hasEscapes)))
    }
    package mutating func append(refusal: UnsafeBufferPointer<UInt8>, hasEscapes: Bool) {
        events.append(.refusal(append(refusal, hasEscapes)))
    }
    package mutating func append(reasoning: UnsafeBufferPointer<UInt8>, hasEscapes: Bool) {
        events.append(.reasoning(append(reasoning, hasEscapes)))
    }
    package mutating func append(reasoningSummary: UnsafeBufferPointer<UInt8>, hasEscapes: Bool) {
        events.append(.reasoningSummary(append(reasoningSummary, hasEscapes)))
    }
    package mutating func append(call: Int, input: UnsafeBufferPointer<UInt8>, hasEscapes: Bool) {
        events.append(.toolInput(call: call, append(input, hasEscapes)))
    }

    private mutating func append(_ string: String) -> Range<Int> {
        let start = escaped.count
        JSONEscapes.escape(string, into: &escaped)
        return start..<escaped.count
    }

    private mutating func append(_ bytes: UnsafeBufferPointer<UInt8>, _ hasEscapes: Bool) -> Range<Int> {
        let start = escaped.count
        if hasEscapes {
            JSONEscapes.canonicalize(bytes, into: &escaped)
        } else {
            escaped.append(contentsOf: bytes)
        }
        return start..<escaped.count
    }
}
