/// Tokens of one response (responses-api 3).
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

    /// The largest number when the reported counts add up to more.
    public var totalTokens: Int {
        let (sum, isTooLarge) = inputTokens.addingReportingOverflow(outputTokens)
        return isTooLarge ? Int.max : sum
    }

    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.key("input_tokens")
        json.value(inputTokens)
        json.key("input_tokens_details")
        json.beginObject()
        json.key("cached_tokens")
        json.value(cachedTokens)
        // Demanded by the newest OpenAI schema; no engine reports it.
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

extension Usage: WireValue {
    /// Reads usage; counts that are absent are 0, as engines and servers report what they know.
    ///
    /// - Throws: `APIError` when a count is not a whole number.
    public init(_ json: RawJSON) throws(APIError) {
        let members = try JSONMembers(json, what: "usage")
        inputTokens = try members.int("input_tokens") ?? 0
        outputTokens = try members.int("output_tokens") ?? 0
        cachedTokens = try Self.detail("cached_tokens", in: "input_tokens_details", of: members)
        reasoningTokens = try Self.detail("reasoning_tokens", in: "output_tokens_details", of: members)
    }

    private static func detail(
        _ name: StaticString, in details: StaticString, of members: JSONMembers
    ) throws(APIError) -> Int {
        guard let json = members.raw(details) else { return 0 }
        do throws(APIError) {
            return try JSONMembers(json, what: "usage details").int(name) ?? 0
        } catch {
            throw error.under("\(details)")
        }
    }

    public init(wire: RawJSON) throws(APIError) { try self.init(wire) }

    public var wire: RawJSON {
        var json = JSONWriter()
        write(to: &json)
        return json.raw
    }
}
