import ResponsesAPI

/// Collects the token counts of a stream: `usage` in OpenAI's form, and llama.cpp's `timings`.
struct UsageReader: Sendable {
    private var input: Int?
    private var output: Int?
    private var cached: Int?
    private var reasoning: Int?
    private var timedCached: Int?
    private var timedInput: Int?
    private var timedOutput: Int?

    mutating func readUsage(_ scanner: inout JSONScanner) throws(JSONError) {
        try Self.numbers(&scanner) { name, number in
            switch name {
            case "prompt_tokens": input = number
            case "completion_tokens": output = number
            case "prompt_tokens_details.cached_tokens": cached = number
            // DeepSeek's name.
            case "prompt_cache_hit_tokens": cached = cached ?? number
            case "completion_tokens_details.reasoning_tokens": reasoning = number
            case "reasoning_tokens": reasoning = reasoning ?? number
            default: break
            }
        }
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
            if let value = Int(String(decoding: scanner.bytes(range), as: UTF8.self)), value >= 0 { number(name, value) }
        }
    }

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
        let cached = cached ?? timedCached ?? 0
        let timed = timedInput.map { $0 + (timedCached ?? 0) }
        let input = input ?? timed ?? Self.tokens(promptBytes)
        let output = output ?? timedOutput ?? Self.tokens(produced.bytes)
        let share = produced.bytes > 0 ? Double(produced.reasoningBytes) / Double(produced.bytes) : 0
        let reasoning = reasoning ?? Int((Double(output) * share).rounded())
        return Usage(
            inputTokens: input, cachedTokens: min(cached, input), outputTokens: output,
            reasoningTokens: min(reasoning, output))
    }

    private static func tokens(_ bytes: Int) -> Int { (bytes + bytesPerToken - 1) / bytesPerToken }
}
