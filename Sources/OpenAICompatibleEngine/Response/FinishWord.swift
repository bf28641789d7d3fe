import ResponsesEngine

/// What an engine's reason to stop means, in whatever spelling: `MAX_TOKENS`, `maxTokens`, `FinishReason.MAX_TOKENS`.
enum FinishWord: Sendable, Hashable {
    /// It says nothing: some engines send an empty reason with every chunk.
    case none
    case finish(FinishReason)
    /// The name of a failure.
    case failure

    init(_ reason: String) {
        switch reason {
        case "stop", "tool_calls": self = .finish(.stop)
        default: self.init(squeezed: reason.lowercased().filter { $0.isLetter || $0.isNumber })
        }
    }

    private init(squeezed word: String) {
        let word = word.hasPrefix("finishreason") ? String(word.dropFirst(12)) : word
        func isOne(of words: Set<String>, orHas parts: [String]) -> Bool { words.contains(word) || parts.contains { word.contains($0) } }
        if Self.silent.contains(word) {
            self = .none
        } else if isOne(of: Self.limits, orHas: ["maxtoken", "maxoutput", "contextwindow", "contextlength", "tokenlimit"]) {
            self = .finish(.length)
        } else if isOne(of: Self.filters, orHas: ["contentfilter", "safety", "prohibited", "moderat"]) {
            self = .finish(.contentFilter)
        } else if Self.failures.contains(where: { word.contains($0) }) {
            self = .failure
        } else {
            // An engine that names no failure has come to its end: eos, end_turn, stop_sequence, function_call, …
            self = .finish(.stop)
        }
    }

    private static let silent: Set<String> = ["", "null", "none", "unspecified", "inprogress", "unfinished"]

    /// Also Cohere's `ERROR_LIMIT`, which is its full context.
    private static let limits: Set<String> = [
        "length", "maxlength", "maxnewtokens", "maxcompletiontokens", "modellength", "outputlimit", "limit", "errorlimit", "truncated",
        "contextfull", "insufficientcontext",
    ]

    /// Gemini, GLM, Bedrock, Cohere, Anthropic behind other APIs.
    private static let filters: Set<String> = [
        "filter", "filtered", "recitation", "blocklist", "blocked", "spii", "language", "sensitive", "guardrail", "guardrailintervened",
        "refusal", "flagged", "censored", "errortoxic", "toxic", "modelarmor",
    ]

    /// DeepSeek, GLM, Gemini, vLLM; a model that only repeats itself has failed, too.
    private static let failures = [
        "error", "abort", "fail", "malformed", "insufficient", "timeout", "timedout", "overload", "unavailable", "exception", "unexpected",
        "missing", "invalid", "repetition", "toomany", "crash", "cancel", "exhausted", "interrupt", "disconnect",
    ]
}
