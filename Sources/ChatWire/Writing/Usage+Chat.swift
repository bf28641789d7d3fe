import ResponsesAPI

extension Usage {
    /// What was counted, with the details that users look at (chat-completions 6.1).
    func writeChat(to json: inout JSONWriter) {
        json.beginObject()
        json.key("prompt_tokens")
        json.value(inputTokens)
        json.key("completion_tokens")
        json.value(outputTokens)
        json.key("total_tokens")
        json.value(totalTokens)
        json.key("prompt_tokens_details")
        json.beginObject()
        json.key("cached_tokens")
        json.value(cachedTokens)
        json.key("audio_tokens")
        json.value(0)
        json.endObject()
        json.key("completion_tokens_details")
        json.beginObject()
        json.key("reasoning_tokens")
        json.value(reasoningTokens)
        for name: StaticString in ["audio_tokens", "accepted_prediction_tokens", "rejected_prediction_tokens"] {
            json.key(name)
            json.value(0)
        }
        json.endObject()
        json.endObject()
    }
}
