import ResponsesAPI

/// What an engine produced since its last batch, in order.
///
/// A batch holds its texts in one array of bytes and refers to them by range, so that a hundred deltas that came in one
/// piece of the network cost no hundred allocations. Texts are kept escaped, as JSON spells them: an adapter copies
/// what its upstream sent, and the server copies it into its events.
public struct GenerationBatch: Sendable {
    /// One thing that happened in a generation.
    public enum Event: Sendable, Hashable {
        /// More of the answer. The range is of `escaped`.
        case text(Range<Int>)
        /// More of a refusal.
        case refusal(Range<Int>)
        /// More of the model's raw reasoning.
        case reasoning(Range<Int>)
        /// A call begins. `call` numbers the calls of this generation from 0.
        case toolCall(call: Int, ToolCallHead)
        /// More of a call's arguments (JSON as text) or free input.
        case toolInput(call: Int, Range<Int>)
        /// Log probabilities of the text just before, as the items of `logprobs`.
        case logprobs(RawJSON)
        /// The counts so far, for a turn that fails or is cancelled; those of a whole one are in its `GenerationResult`.
        case usage(Usage)
    }

    public private(set) var events: [Event] = []
    /// The texts of all events, escaped, back to back.
    public private(set) var escaped: [UInt8] = []

    public init() {}

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
