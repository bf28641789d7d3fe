import ResponsesAPI

extension Usage {
    /// As Messages counts: what was read from a cache stands beside the rest of the input, not in it (anthropic-messages 6.5). Engines do
    /// not tell what they wrote to theirs.
    func writeMessages(to json: inout JSONWriter) {
        let cached = min(max(0, cachedTokens), max(0, inputTokens))
        json.beginObject()
        json.key("input_tokens")
        json.value(max(0, inputTokens) - cached)
        json.key("cache_creation_input_tokens")
        json.value(0)
        json.key("cache_read_input_tokens")
        json.value(cached)
        json.key("output_tokens")
        json.value(max(0, outputTokens))
        json.key("output_tokens_details")
        json.beginObject()
        json.key("thinking_tokens")
        json.value(max(0, reasoningTokens))
        json.endObject()
        json.key("cache_creation")
        json.literal(#"{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0}"#)
        json.key("server_tool_use")
        json.null()
        json.key("service_tier")
        json.value(literal: "standard")
        json.endObject()
    }
}
