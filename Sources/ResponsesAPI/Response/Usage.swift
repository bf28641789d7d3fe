/// Tokens of one response (Responses API, section 3).
public struct Usage: Sendable, Hashable {
    public var inputTokens: Int
    /// Of the input, how many the engine found in its cache.
    public var cachedTokens: Int
    public var outputTokens: Int
    /// Of the output, how many were reasoning.
    public var reasoningTokens: Int

    public init(inputTokens: Int = 0, cachedTokens: Int = 0, outputTokens: Int = 0, reasoningTokens: Int = 0) {
        self.inputTokens = inputTokens
        self.cachedTokens = cachedTokens
        self.outputTokens = outputTokens
        self.reasoningTokens = reasoningTokens
    }

    public var totalTokens: Int { inputTokens + outputTokens }

    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.key("input_tokens")
        json.value(inputTokens)
        json.key("input_tokens_details")
        json.beginObject()
        json.key("cached_tokens")
        json.value(cachedTokens)
        // Demanded by the newest OpenAI schema; no engine behind us tells it.
        json.key("cache_write_tokens")
        json.value(0)
        json.endObject()
        json.key("output_tokens")
        json.value(outputTokens)
        json.key("output_tokens_details")
        json.beginObject()
        json.key("reasoning_tokens")
        json.value(reasoningTokens)
        json.endObject()
        json.key("total_tokens")
        json.value(totalTokens)
        json.endObject()
    }
}
