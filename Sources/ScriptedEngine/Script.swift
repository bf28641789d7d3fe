import ResponsesAPI

/// What a user message tells the scripted model to do: the directives in it, such as `[[tools:3]]`.
///
/// Immutable and shared: every prompt after the message refers to the same script. Directives of different columns
/// combine (`[[think:hm]] [[tools:2]] [[say:done]]`); of one column the first counts.
final class Script: Sendable {
    /// Reasoning that goes before everything else.
    let think: JSONText?
    let failure: Failure?
    let silence: Silence?
    /// Nil numbers calls as it should be.
    let callIDs: CallIDs?
    /// Whether the message ends at the turn's stop strings; otherwise the model takes no notice of them.
    let endsAtStops: Bool
    let calls: Calls?
    /// The final message.
    let answer: Answer?
    /// What is wrong with a directive, as a sentence for its author.
    let problem: String?
    /// What the script holds, for the memory budget.
    let bytes: Int

    struct Calls: Hashable, Sendable {
        var count: Int
        /// All in one response instead of one in each.
        var isParallel: Bool
        /// Nil calls the first function offered.
        var name: String?
        /// JSON in which `{i}` stands for the round; nil means the smallest that fits the schema.
        var arguments: String?
    }

    enum Answer: Hashable, Sendable {
        case say(JSONText)
        case tokens(Int)
        case slow(seconds: Double)
    }

    init(_ directives: Directives) {
        think = directives.think
        failure = directives.failure
        silence = directives.silence
        callIDs = directives.callIDs
        endsAtStops = directives.endsAtStops
        calls = directives.calls
        answer = directives.answer
        problem = directives.problem
        var bytes = 128 + (think?.escaped.count ?? 0) + (calls?.arguments?.utf8.count ?? 0)
        if case .say(let text) = answer { bytes += text.escaped.count }
        self.bytes = bytes
    }
}
