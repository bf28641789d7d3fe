/// What differs between servers that speak Chat Completions, where the answer cannot be seen in the stream.
public struct ChatCompletionsForm: Sendable, Hashable {
    /// How the limit of output tokens is named.
    public enum OutputLimitField: String, Sendable, Hashable {
        /// Every local engine.
        case maxTokens = "max_tokens"
        /// Hosted APIs, some of which refuse the older name.
        case maxCompletionTokens = "max_completion_tokens"
    }

    /// How `reasoning.effort: none` is said.
    public enum NoReasoning: Sendable, Hashable {
        /// `chat_template_kwargs: {"enable_thinking": false}`, as Qwen-like templates want it.
        case templateArgument
        /// `reasoning_effort: "none"`.
        case effort
    }

    public var outputLimitField = OutputLimitField.maxTokens
    public var noReasoning = NoReasoning.templateArgument
    /// Local engines know three efforts: `minimal` becomes `low`, `xhigh` and `max` become `high`.
    public var limitsEffortToThree = true
    /// Whether `stream_options.include_usage` is sent; only very old engines refuse it.
    public var asksForUsage = true
    /// Takes `<think>…</think>` at the very beginning of the content for reasoning, for engines that leave it there.
    public var partsThinkTags = true
    public var reasoningField = ChatDialect.ReasoningField.reasoningContent
    /// Vendors' request fields that are passed on as they came; all others are dropped.
    public var passedOnFields: Set<String> = Self.samplingFields

    public init() {}

    /// llama.cpp, vLLM, SGLang, Ollama, LM Studio.
    public static let local = ChatCompletionsForm()

    /// Hosted APIs, which refuse fields they do not know.
    public static let hosted: ChatCompletionsForm = {
        var settings = ChatCompletionsForm()
        settings.outputLimitField = .maxCompletionTokens
        settings.noReasoning = .effort
        settings.limitsEffortToThree = false
        settings.partsThinkTags = false
        settings.reasoningField = .leftOut
        settings.passedOnFields = ["seed", "stop", "logit_bias"]
        return settings
    }()

    /// Fields that steer sampling and templates, from the references of llama.cpp, vLLM and SGLang. None of them changes
    /// the form of the answer.
    public static let samplingFields: Set<String> = [
        "seed", "stop", "logit_bias", "top_k", "min_p", "typical_p", "top_a", "tfs_z", "top_n_sigma",
        "repetition_penalty", "repeat_penalty", "repeat_last_n", "min_tokens", "stop_token_ids", "ignore_eos",
        "bad_words", "skip_special_tokens", "chat_template_kwargs", "mirostat", "mirostat_tau", "mirostat_eta",
        "dry_multiplier", "dry_base", "dry_allowed_length", "dry_penalty_last_n", "dry_sequence_breakers",
        "xtc_probability", "xtc_threshold", "dynatemp_range", "dynatemp_exponent", "samplers", "cache_prompt", "id_slot",
        "structured_outputs", "guided_regex", "guided_choice", "guided_grammar", "regex", "ebnf", "priority", "keep_alive",
    ]
}
