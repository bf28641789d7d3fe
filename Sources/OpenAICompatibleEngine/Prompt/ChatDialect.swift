public import ResponsesAPI
public import ResponsesEngine

/// Chat Completions messages (responses-api 14) as a fold over items, by the rules of an engine's profile.
///
/// Rules beyond the table: adjacent items of one role make one message; system messages after the head become marked user
/// text, as templates allow one system message, first. A client's message between a call and its output goes behind
/// the output, as engines want the two side by side. Reasoning stays on assistant messages that call tools, where
/// models need it within the loop, and is dropped from others, unless the profile says otherwise: the fold cannot know
/// whether a message is followed by another user turn, and templates drop the reasoning of finished turns anyway. An
/// assistant's message of nothing is left out; one of thoughts alone is kept by a word, so that roles go on to alternate. Items that chat cannot say are left out.
public struct ChatDialect: Dialect {
    let rules: HistoryRules

    public init(_ profile: EngineProfile = EngineProfile()) { self.init(HistoryRules(profile)) }

    init(_ rules: HistoryRules) { self.rules = rules }

    public var name: String { rules.name }

    public func extend(_ prompt: ChatPrompt?, with items: [Item]) throws(APIError) -> ChatPrompt {
        var fold = ChatFold(prompt ?? ChatPrompt(rules))
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
        // What brings tools is offered with them.
        if case .other = item.body { !item.bringsTools } else { false }
    }

    /// Tools that the engine cannot be offered as functions, such as `web_search`, and namespaces without one.
    public func leavesOut(_ tool: Tool) -> Bool { !tool.isCallable }
}
