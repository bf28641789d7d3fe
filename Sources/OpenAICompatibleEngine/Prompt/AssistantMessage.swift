import ResponsesAPI

struct AssistantMessage: Sendable {
    struct Call: Sendable {
        var id: String
        var name: String
        /// JSON as text.
        var arguments: JSONText
    }

    var reasoning: [JSONText] = []
    var texts: [ChatPart] = []
    var calls: [Call] = []
}
