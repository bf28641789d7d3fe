import ResponsesCore

/// Why an answer ends, in the wire's words (chat-completions 6.1).
enum ChatFinish {
    static func word(_ reason: VoicedEnd.Reason, hasCalls: Bool, isLegacy: Bool) -> StaticString {
        switch reason {
        case .length: "length"
        case .contentFilter: "content_filter"
        // Whatever the engine said: clients run calls by this word.
        case .stop, .stopString, .cancelled, .failed: hasCalls ? isLegacy ? "function_call" : "tool_calls" : "stop"
        }
    }
}
