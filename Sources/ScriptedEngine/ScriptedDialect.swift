import ResponsesAPI
import ResponsesEngine

/// Keeps a conversation as numbers: its hash, its tokens and what its newest user message wants.
struct ScriptedDialect: Dialect {
    var name: String { "scripted" }

    func extend(_ prompt: ScriptedPrompt?, with items: [Item]) throws(APIError) -> ScriptedPrompt {
        try ScriptedPrompt(after: prompt, adding: items)
    }

    func leavesOut(_ tool: Tool) -> Bool { !tool.isCallable }
}
