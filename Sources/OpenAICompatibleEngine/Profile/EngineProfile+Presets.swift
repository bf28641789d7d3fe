extension EngineProfile {
    /// The presets by name.
    public static let names = [
        "generic", "llama.cpp", "vllm", "sglang", "ollama", "lmstudio", "openai", "azure", "openrouter", "gemini", "mistral", "deepseek",
        "groq", "cerebras", "together", "xai", "moonshot",
    ]

    /// Makes a preset; nil when there is none of the name.
    public init?(named name: String) {
        self.init()
        self.name = name
        switch name {
        case "generic": break
        case "llama.cpp":
            noReasoning = .template
            reasoningHistory = .reasoningContent
            namesToolMessages = false
            allowsBlankText = true
            tokenCounting = .llamaCpp
        case "vllm":
            // Its types of efforts are the three words, and newer ones take none too; the template's argument works in all.
            noReasoning = .template
            namesToolMessages = false
            allowsBlankText = true
            tokenCounting = .vllm
        case "sglang":
            noReasoning = .template
            reasoningHistory = .reasoningContent
            namesToolMessages = false
            allowsBlankText = true
        case "ollama":
            noReasoning = .effort
            reasoningHistory = .reasoning
        case "lmstudio":
            noReasoning = .effort
        case "openai":
            beHosted()
            outputLimit = .maxCompletionTokens
            effortWords = [:]
            noReasoning = .effort
            strict = .asGiven
            reasoningHistory = .leftOut
            namesToolMessages = false
        case "azure":
            beHosted()
            outputLimit = .maxCompletionTokens
            effortWords = [:]
            noReasoning = .effort
            reasoningHistory = .leftOut
            namesToolMessages = false
            keyHeader = "api-key"
        case "openrouter":
            beHosted()
            passedOnFields = Self.hostedFields.union(Self.openRouterFields)
            effortWords = [:]
            noReasoning = .effort
            reasoningHistory = .reasoning
        case "gemini":
            beHosted()
            noReasoning = .effort
            parallelCalls = .leftOut
            strict = .leftOut
            reasoningHistory = .leftOut
        case "mistral":
            beHosted()
            passedOnFields = ["stop", "random_seed", "safe_prompt", "prompt_mode"]
            sendsEffort = false
            noReasoning = .leftOut
            streamOptions = false
            reasoningHistory = .leftOut
            callIDs = .nine
            afterTools = .assistant
        case "deepseek":
            beHosted()
            passedOnFields = ["stop", "thinking"]
            noReasoning = .leftOut
            requiresCalls = false
            structuredOutput = .object
            reasoningHistory = .reasoningContent
            reasoningPlace = .all
            sendsEmptyReasoning = true
            namesToolMessages = false
        case "groq":
            beHosted()
            passedOnFields = ["seed", "stop", "reasoning_format", "service_tier"]
            outputLimit = .maxCompletionTokens
            noReasoning = .effort
            reasoningHistory = .leftOut
            reasoningDetails = false
            namesToolMessages = false
        case "cerebras":
            beHosted()
            outputLimit = .maxCompletionTokens
            noReasoning = .effort
            reasoningHistory = .leftOut
            reasoningDetails = false
            namesToolMessages = false
        case "together":
            beHosted()
            passedOnFields = Self.hostedFields.union(["top_k", "min_p", "repetition_penalty", "chat_template_kwargs", "reasoning"])
            noReasoning = .template
        case "xai":
            beHosted()
            outputLimit = .maxCompletionTokens
            noReasoning = .leftOut
            reasoningHistory = .reasoningContent
            namesToolMessages = false
        case "moonshot":
            beHosted()
            passedOnFields = ["stop", "thinking"]
            sendsEffort = false
            noReasoning = .leftOut
            reasoningHistory = .reasoningContent
            reasoningPlace = .all
            sendsEmptyReasoning = true
        default: return nil
        }
    }

    /// Hosted APIs part thinking from text themselves, and refuse fields they do not know.
    private mutating func beHosted() {
        thinkTags = .none
        passedOnFields = Self.hostedFields
    }

    static let hostedFields: Set<String> = ["seed", "stop", "logit_bias"]

    private static let openRouterFields: Set<String> = [
        "provider", "models", "route", "transforms", "plugins", "top_k", "min_p", "top_a", "repetition_penalty", "reasoning", "usage",
    ]

    /// Fields that steer sampling, templates and thinking, from the references of llama.cpp, vLLM, SGLang and hosted
    /// APIs. None of them changes the form of the answer.
    static let samplingFields: Set<String> = [
        "seed", "stop", "logit_bias", "top_k", "min_p", "typical_p", "top_a", "tfs_z", "top_n_sigma",
        "repetition_penalty", "repeat_penalty", "repeat_last_n", "min_tokens", "stop_token_ids", "ignore_eos",
        "bad_words", "skip_special_tokens", "chat_template_kwargs", "mirostat", "mirostat_tau", "mirostat_eta",
        "dry_multiplier", "dry_base", "dry_allowed_length", "dry_penalty_last_n", "dry_sequence_breakers",
        "xtc_probability", "xtc_threshold", "dynatemp_range", "dynatemp_exponent", "samplers", "cache_prompt", "id_slot",
        "structured_outputs", "guided_regex", "guided_choice", "guided_grammar", "regex", "ebnf", "priority", "keep_alive",
        "enable_thinking", "thinking", "thinking_budget",
    ]
}
