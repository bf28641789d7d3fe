public import ResponsesAPI
public import ResponsesEngine

/// Chat Completions messages (responses-api 14) as a fold over items.
///
/// Rules beyond the table: adjacent items of one role make one message; system messages after the head become user
/// text, as templates allow one system message, first. Reasoning stays on assistant messages that call tools, where
/// models need it within the loop, and is dropped from others: the fold cannot know whether a message is followed by
/// another user turn, and templates drop the reasoning of finished turns anyway. Items that chat cannot say are left
/// out.
public struct ChatDialect: Dialect {
    /// Where an engine's template looks for the reasoning of earlier assistant messages.
    public enum ReasoningField: String, Sendable, Hashable {
        /// llama.cpp, SGLang, LM Studio.
        case reasoningContent = "reasoning_content"
        /// vLLM's newest, Ollama.
        case reasoning
        /// APIs that refuse unknown members.
        case leftOut = ""
    }

    public let reasoningField: ReasoningField

    public init(reasoningField: ReasoningField = .reasoningContent) { self.reasoningField = reasoningField }

    public var name: String {
        switch reasoningField {
        case .reasoningContent: "chat"
        case .reasoning: "chat+reasoning"
        case .leftOut: "chat-reasoning"
        }
    }

    public func extend(_ prompt: ChatPrompt?, with items: [Item]) throws(APIError) -> ChatPrompt {
        var fold = ChatFold(prompt ?? ChatPrompt(reasoningField: reasoningField))
        for (index, item) in items.enumerated() {
            do throws(APIError) {
                try fold.add(item)
            } catch {
                throw error.under("input[\(index)]")
            }
        }
        return fold.prompt()
    }

    /// Types that Chat Completions has no message for, such as `web_search_call` (responses-api 14).
    public func leavesOut(_ item: Item) -> Bool {
        if case .other = item.body { true } else { false }
    }

    /// Tools that the engine cannot be offered as functions, such as `web_search`, and namespaces without a function.
    public func leavesOut(_ tool: Tool) -> Bool {
        switch tool {
        case .function, .custom: false
        case .namespace(let namespace): namespace.functions.isEmpty
        case .other: true
        }
    }
}
