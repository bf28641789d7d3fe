/// A field of another API where one of this API belongs, and what to send instead. Left out in silence it would look as if it
/// had worked.
struct MisplacedField {
    let name: String
    let value: RawJSON

    /// What to answer; nil for any other field, and for a null, which stands for nothing.
    var problem: APIError? {
        if value.isNull { return nil }
        switch name {
        case "messages": return chat("Send the conversation in 'input', and what its system message says in 'instructions'.")
        case "system": return error("The text that goes before a conversation is 'instructions'.")
        case "prompt" where value.isString: return error("Send the text in 'input'.")
        case "response" where value.isObject:
            return error("Only the Realtime API wraps a request in it. Send its members themselves, beside 'type'.")
        case "max_tokens", "max_completion_tokens": return chat("The limit of an answer is 'max_output_tokens'.")
        case "response_format": return chat("The form of an answer is 'text.format', with 'name', 'schema' and 'strict' beside its 'type'.")
        case "reasoning_effort": return chat("Send it as 'reasoning': {'effort': ...}.")
        case "functions": return chat("Functions are 'tools', each with \"type\": \"function\".")
        case "function_call": return chat("Which function is to be called is 'tool_choice'.")
        default: return nil
        }
    }

    private func chat(_ remedy: String) -> APIError { error("It belongs to Chat Completions. \(remedy)") }

    private func error(_ remedy: String) -> APIError {
        .invalidRequest(.unknownParameter, "Unsupported parameter: '\(name)'. \(remedy)", param: name)
    }
}
