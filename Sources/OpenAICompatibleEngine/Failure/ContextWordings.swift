/// How engines say that a conversation is longer than their model's context.
///
/// Agents shorten a conversation on `context_length_exceeded` and on nothing else, so every wording counts. This is the one
/// table of them.
enum ContextWordings {
    /// Codes and types that mean it, in lower case.
    private static let names: Set<String> = [
        "context_length_exceeded", "exceed_context_size_error", "context_window_exceeded", "context_window_exceeded_error",
        "contextwindowexceedederror", "context_length_error", "model_max_prompt_tokens_exceeded", "tokens_limit_reached",
        "prompt_too_long", "input_too_long", "max_context_length_exceeded", "string_above_max_context", "context_exceeded",
    ]

    /// Parts of sentences, in lower case, without backquotes and stars, with single blanks.
    private static let sentences: [String] = [
        // OpenAI, vLLM, SGLang, DeepSeek, OpenRouter, Together, Fireworks, LM Studio, Ollama, Mistral
        "context length", "context window", "maximum context", "reduce the length of the messages", "reduce the length of your",
        "context_length_exceeded", "max context",
        // llama.cpp, KoboldCpp
        "context size", "exceeds the available context", "context is full", "context overflow",
        // vLLM, Aphrodite, TensorRT-LLM, MLC, TabbyAPI
        "max_model_len", "maximum model length", "max_seq_len", "maximum input length", "max_input_len", "max_num_tokens",
        "input length limit", "longer than the model",
        // SGLang, LMDeploy
        "maximum allowed length", "exceeds the maximum length",
        // Text Generation Inference, Hugging Face, Together
        "inputs tokens + max_new_tokens", "inputs must have less than", "input is too long", "input too long",
        // Anthropic, Bedrock, Fireworks, Ollama's own cloud
        "prompt is too long", "prompt too long", "exceed context limit", "exceeds context limit", "input is longer than",
        // Gemini, Vertex
        "maximum number of tokens", "maximum number of input tokens", "input token count",
        // xAI, Copilot, GitHub Models, watsonx, Cohere, AI21
        "maximum prompt length", "prompt token count", "prompt tokens exceed", "input tokens exceed", "request body too large for",
        "total tokens limit", "too many tokens", "too many input tokens", "exceeds the token limit", "exceeded the token limit", "exceeds token limit",
        // Moonshot, MiniMax, Z.ai, StepFun, Volcengine, Baidu
        "model token limit", "exceeds max length", "exceed max length", "exceed max message tokens", "token length exceed",
        "input length exceeds", "input length exceed", "prompt tokens too long", "prompt length exceeds", "prompt exceeds",
        "超长", "最大长度", "上下文长度",
        // DashScope
        "range of input length",
        // OpenAI, Groq: one request beyond what a minute allows never passes unless it is made shorter
        "request too large for model", "request too large for gpt", "request too large for o", "must be reduced in order to run",
    ]

    /// What is at fault.
    enum Meaning: Sendable, Hashable {
        case input
        /// The answer that was asked for, not what was said.
        case outputLimit
    }

    /// - Parameters:
    ///   - message: the engine's words, as they came.
    ///   - names: its type and its code.
    static func meaning(of message: String, names given: [String]) -> Meaning? {
        let text = plain(message)
        let isNamed = given.contains { names.contains($0.lowercased()) }
        guard isNamed || sentences.contains(where: { text.contains($0) }) else { return nil }
        return isAboutOutput(text) ? .outputLimit : .input
    }

    /// Whether more output was asked for than there is room for, or than the model makes; and whether less of it could have helped where
    /// the conversation and the output together are over the context.
    static func mayBeOutput(_ message: String, _ failureClass: FailureClass) -> Bool {
        let text = plain(message)
        switch failureClass {
        case .outputLimit: return true
        case .request, .failed, .tooLarge: return isAboutOutput(text)
        case .contextLength:
            let numbers = ContextNumbers(message)
            if let tokens = numbers.tokens, let limit = numbers.limit, tokens >= limit { return false }
            return outputParts.contains { text.contains($0) }
        default: return false
        }
    }

    /// How the output's share is named where both are counted together.
    private static let outputParts = [
        "in the completion", "for the completion", "completion tokens", "output tokens", "max_tokens", "max_completion_tokens", "max_new_tokens",
        "max_output_tokens",
    ]

    private static func isAboutOutput(_ text: String) -> Bool {
        guard text.contains("max_tokens") || text.contains("max_completion_tokens") || text.contains("max_output_tokens") else { return false }
        // Of both together it is the input that can be made shorter.
        if text.contains("input token count") { return false }
        return ["too large", "must be less than", "maximum value", "cannot be greater than", "must be at most"].contains { text.contains($0) }
    }

    private static func plain(_ message: String) -> String {
        var text = ""
        var endsBlank = false
        for scalar in message.unicodeScalars.prefix(FailureWords.textMax) where scalar != "`" && scalar != "*" {
            let isBlank = scalar == " " || scalar.properties.isWhitespace
            if isBlank, endsBlank { continue }
            endsBlank = isBlank
            text.unicodeScalars.append(isBlank ? " " : scalar)
        }
        return text.lowercased()
    }
}
