import ResponsesEngine
import Testing

@testable import OpenAICompatibleEngine

/// The reasons to stop that engines were seen to give.
struct FinishWordTests {
    static let words: [(FinishWord, [String])] = [
        (.none, ["", "null", "None", "FINISH_REASON_UNSPECIFIED"]),
        (
            .finish(.stop),
            [
                "stop", "STOP", "tool_calls", "tool_use", "toolUse", "function_call", "eos", "eos_token", "end_turn", "endturn", "stop_sequence", "COMPLETE",
                "FinishReason.STOP", "finished", "other",
            ]
        ),
        (
            .finish(.length),
            [
                "length", "LENGTH", "max_tokens", "MAX_TOKENS", "maxTokens", "max_output_tokens", "model_length", "model_context_window_exceeded", "ERROR_LIMIT",
                "FinishReason.MAX_TOKENS", "max_completion_tokens", "context_length_exceeded", "token_limit_reached",
            ]
        ),
        (
            .finish(.contentFilter),
            [
                "content_filter", "content-filter", "contentFilter", "content_filtered", "SAFETY", "RECITATION", "PROHIBITED_CONTENT", "IMAGE_SAFETY", "sensitive",
                "guardrail_intervened", "refusal", "ERROR_TOXIC",
            ]
        ),
        (
            .failure,
            [
                "error", "ERROR", "abort", "aborted", "network_error", "insufficient_system_resource", "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL",
                "repetition", "timeout", "cancelled", "server_overloaded", "failed",
            ]
        ),
    ]

    @Test(arguments: words)
    func wordsMeanWhatTheirEnginesSay(_ expected: FinishWord, _ words: [String]) {
        for word in words { #expect(FinishWord(word) == expected, "\(word)") }
    }
}
