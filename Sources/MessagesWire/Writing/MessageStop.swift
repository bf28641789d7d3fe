import ResponsesAPI
import ResponsesCore

/// Why a message ended: `stop_reason` and what goes with it (anthropic-messages 6.2).
struct MessageStop: Sendable {
    private let reason: StaticString
    private let sequence: String?
    private let isRefusal: Bool

    init(_ reason: VoicedEnd.Reason, hasCalls: Bool, isWarmup: Bool) {
        var sequence: String?
        switch reason {
        case .stop where isWarmup: self.reason = "max_tokens"
        case .stop: self.reason = hasCalls ? "tool_use" : "end_turn"
        case .stopString(let string):
            self.reason = "stop_sequence"
            sequence = string
        // Of a full context as well: told that word, Claude Code goes on instead of compacting (anthropic-messages 6.2).
        case .length: self.reason = "max_tokens"
        case .contentFilter: self.reason = "refusal"
        case .cancelled, .failed: self.reason = "end_turn"
        }
        self.sequence = sequence
        isRefusal = if case .contentFilter = reason { true } else { false }
    }

    /// `stop_reason`, `stop_sequence` and `stop_details`.
    func writeMembers(to json: inout JSONWriter) {
        json.key("stop_reason")
        json.value(literal: reason)
        json.key("stop_sequence")
        json.value(sequence)
        json.key("stop_details")
        if isRefusal { json.literal(#"{"type":"refusal","category":null,"explanation":null}"#) } else { json.null() }
    }
}
