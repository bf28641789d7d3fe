import ResponsesAPI
import ResponsesEngine

/// Keeps a conversation as numbers: its hash, its tokens and what its newest user message wants.
struct ScriptedDialect: Dialect {
    var name: String { "scripted" }

    func extend(_ prompt: (any RenderedPrompt)?, with items: [Item]) throws(APIError) -> any RenderedPrompt {
        guard let prompt else { return try ScriptedPrompt(after: nil, adding: items) }
        guard let prompt = prompt as? ScriptedPrompt else {
            throw APIError(
                status: 500, type: "server_error", code: .serverError,
                message: "The scripted model was given a conversation that another engine's dialect wrote down.")
        }
        return try ScriptedPrompt(after: prompt, adding: items)
    }

    func leavesOut(_ tool: Tool) -> Bool { if case .other = tool { true } else { false } }
}
