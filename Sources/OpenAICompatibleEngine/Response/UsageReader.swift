import ResponsesAPI

/// Collects the token counts of a stream: `usage` in OpenAI's form, and llama.cpp's `timings`.
struct UsageReader: Sendable {
    /// What one `usage` object says.
    private struct Counts {
        var input: Int?
        var output: Int?
        var cached: Int?
        var reasoning: Int?

        var isEmpty: Bool { input ?? 0 == 0 && output ?? 0 == 0 }
    }

    private var told = Counts()
    private var timedCached: Int?
    private var timedInput: Int?
    private var timedOutput: Int?

    /// Whether the engine counted.
    var isTold: Bool { !told.isEmpty || timedOutput != nil }

    /// Reads a `usage` object. The last that says something holds.
    mutating func readUsage(_ scanner: inout JSONScanner) throws(JSONError) {
        var counts = Counts()
        try Self.numbers(&scanner) { name, number in
            switch name {
            case "prompt_tokens", "input_tokens": counts.input = number
            case "completion_tokens", "output_tokens": counts.output = number
            case "prompt_tokens_details.cached_tokens", "input_tokens_details.cached_tokens": counts.cached = number
            // DeepSeek's name, and Moonshot's.
            case "prompt_cache_hit_tokens", "cached_tokens": counts.cached = counts.cached ?? number
            case "completion_tokens_details.reasoning_tokens", "output_tokens_details.reasoning_tokens": counts.reasoning = number
            case "reasoning_tokens": counts.reasoning = counts.reasoning ?? number
            default: break
            }
        }
        // Some engines send a usage of nothing behind the one that counts.
        if counts.isEmpty, !told.isEmpty { return }
        told.input = counts.input ?? told.input
        told.output = counts.output ?? told.output
        told.cached = counts.cached ?? told.cached
        told.reasoning = counts.reasoning ?? told.reasoning
    }

    /// Reads the `usage` in an object of a vendor's own, such as Groq's `x_groq`.
    ///
    /// - Returns: its `error`, where it has one.
    mutating func readVendor(_ object: UnsafeBufferPointer<UInt8>) throws(JSONError) -> RawJSON? {
        var scanner = JSONScanner(object)
        guard scanner.peek() == UInt8(ascii: "{") else { return nil }
        var error: RawJSON?
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            if scanner.isNamed(key, "usage") {
                try readUsage(&scanner)
            } else if scanner.isNamed(key, "error") {
                error = scanner.raw(try scanner.skipValue())
            } else {
                try scanner.skipValue()
            }
        }
        return error
    }

    mutating func readTimings(_ scanner: inout JSONScanner) throws(JSONError) {
        try Self.numbers(&scanner) { name, number in
            switch name {
            case "cache_n": timedCached = number
            case "prompt_n": timedInput = number
            case "predicted_n": timedOutput = number
            default: break
            }
        }
    }

    /// Walks an object's whole numbers, those of objects in it by path.
    private static func numbers(
        _ scanner: inout JSONScanner, prefix: String = "", _ number: (String, Int) -> Void
    ) throws(JSONError) {
        guard scanner.peek() == UInt8(ascii: "{") else {
            try scanner.skipValue()
            return
        }
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            let name = prefix + scanner.string(key)
            if scanner.peek() == UInt8(ascii: "{"), prefix.isEmpty {
                try numbers(&scanner, prefix: name + ".", number)
                continue
            }
            let range = try scanner.skipValue()
            if let value = whole(String(decoding: scanner.bytes(range), as: UTF8.self)), value >= 0 { number(name, value) }
        }
    }

    /// A number of tokens, which some write with a point.
    private static func whole(_ text: String) -> Int? { Int(text) ?? Double(text).flatMap { Int(exactly: $0) } }

    /// What was made, in bytes of escaped text: the ground for estimates.
    struct Produced: Sendable {
        var bytes = 0
        var reasoningBytes = 0
    }

    /// A token of English text or code has about four bytes.
    private static let bytesPerToken = 4

    /// The counts. What the engine did not say is estimated: tokens from bytes, and the reasoning's share of the
    /// output from its share of the bytes.
    func usage(promptBytes: Int, produced: Produced) -> Usage {
        let cached = told.cached ?? timedCached ?? 0
        let timed = timedInput.map { $0 + (timedCached ?? 0) }
        let input = told.input ?? timed ?? Self.tokens(promptBytes)
        let output = told.output ?? timedOutput ?? Self.tokens(produced.bytes)
        let share = produced.bytes > 0 ? Double(produced.reasoningBytes) / Double(produced.bytes) : 0
        let reasoning = told.reasoning ?? Int((Double(output) * share).rounded())
        return Usage(
            inputTokens: input, cachedTokens: min(cached, input), outputTokens: output,
            reasoningTokens: min(reasoning, output))
    }

    private static func tokens(_ bytes: Int) -> Int { (bytes + bytesPerToken - 1) / bytesPerToken }
}
