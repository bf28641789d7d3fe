import ResponsesAPI
import ResponsesCore

/// An error as this wire says it (chat-completions 7).
struct ChatError: Sendable {
    private let error: APIError

    init(_ error: APIError) {
        var error = error.renamed(Self.ownName)
        if error.code == .contextLengthExceeded {
            error.message = Self.words(for: error.context)
            error.param = "messages"
        } else if error.status == 400 {
            error.message = ContextWords.avoided(in: error.message)
        }
        self.error = error
    }

    /// Statuses that a new try does not change; SDKs obey the header.
    private static let finalStatuses: Set<Int> = [400, 401, 403, 404, 413, 422]

    var answer: WireError {
        let headers = Self.finalStatuses.contains(error.status) ? [(name: "x-should-retry", value: "false")] : []
        var json = JSONWriter()
        write(to: &json)
        return WireError(status: error.status, headers: headers, body: json.bytes)
    }

    /// `{"error": {…}}` with all four keys, as the body of an answer and as a record of a stream.
    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.key("error")
        json.beginObject()
        json.key("message")
        json.value(error.message)
        json.key("type")
        json.value(error.type)
        json.key("param")
        json.value(error.param)
        json.key("code")
        json.value(error.code?.rawValue)
        json.endObject()
        json.endObject()
    }

    /// Both phrases are what clients look for; the numbers are what some of them compute with (chat-completions 7).
    private static func words(for context: ContextOverflow?) -> String {
        let limit = context?.limit.map { "\($0) tokens" } ?? "less than this request needs"
        let tokens = context?.tokens.map { "\($0) tokens" } ?? "more tokens than it holds"
        return "This model's maximum context length is \(limit). However, your messages resulted in \(tokens). Please reduce the length of the "
            + "messages."
    }

    /// The fields of the core under the names that they have here.
    private static func ownName(_ param: String) -> String {
        switch param {
        case "max_output_tokens": "max_completion_tokens"
        case "text.verbosity": "verbosity"
        case "reasoning", "reasoning.effort": "reasoning_effort"
        case "instructions": "messages"
        default:
            if param.hasPrefix("text.format") {
                param.replacingPrefix("text.format", with: "response_format")
            } else if param == "input" || param.hasPrefix("input[") {
                // Items and messages are not counted alike.
                "messages"
            } else {
                param
            }
        }
    }
}
