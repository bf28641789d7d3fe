import ResponsesAPI

/// What a profile means for a request.
extension EngineProfile {
    /// Whether a field is written, as far as the client asks for it.
    func sends(_ field: String) -> Bool {
        switch field {
        case "no": return false
        case "stream_options" where !streamOptions: return false
        default: return withheld.isEmpty || !withheld.contains(field)
        }
    }

    func sendsParallelCalls(_ isParallel: Bool) -> Bool {
        switch parallelCalls {
        case .leftOut: false
        case .whenFalse: !isParallel && sends("parallel_tool_calls")
        case .always: sends("parallel_tool_calls")
        }
    }

    /// The word for an effort; nil when it is not sent, or said otherwise.
    func effort(_ effort: String?) -> String? {
        guard let effort, sendsEffort else { return nil }
        guard effort == "none" else { return effortWords[effort] ?? effort }
        return noReasoning == .effort || noReasoning == .both ? effortWords["none"] ?? "none" : nil
    }

    /// The efforts that can be asked for, least first; none where only thinking itself can be switched off. Efforts that are only
    /// another word for one of these are left out.
    var efforts: [String] {
        guard sendsEffort, sends("reasoning_effort") else { return [] }
        return (noReasoning == .leftOut ? [] : ["none"]) + ["low", "medium", "high"]
    }

    var saysNoReasoningToTemplate: Bool { noReasoning == .template || noReasoning == .both }

    /// What is said of strictness in a format; nil when nothing is.
    func strict(_ given: Bool?) -> Bool? { strict.word(for: given) }

    /// Whether a client's own field reaches the engine.
    func passesOn(_ field: String) -> Bool {
        if leftOutFields.contains(field) { return false }
        return passedOnFields.contains(field) || passedOnFields.contains("all") && !Self.ownFields.contains(field)
    }

    /// What changes the form of the answer, or is said already.
    private static let ownFields: Set<String> = [
        "model", "messages", "stream", "stream_options", "tools", "tool_choice", "functions", "function_call", "n", "best_of",
        "max_tokens", "max_completion_tokens", "reasoning_effort", "response_format", "parallel_tool_calls", "logprobs",
    ]

    var addsFields: Bool { addedFields.bytes.count > 2 }
}

extension EngineProfile.Strict {
    /// What is said for what was given; nil when nothing is.
    func word(for given: Bool?) -> Bool? {
        switch self {
        case .leftOut: nil
        case .whenTrue: given == true ? true : nil
        case .asGiven: given
        }
    }
}
