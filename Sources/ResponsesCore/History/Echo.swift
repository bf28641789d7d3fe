import ResponsesAPI

/// A response's output, against what a client sent back for it (chat-completions 9.1): equal by meaning, it is the output itself,
/// byte for byte.
struct Echo: Sendable {
    let stored: AssistantTurn

    init(of output: [Item]) { stored = AssistantTurn(stored: output) }

    /// Whether this is what the model made, as clients give it back: arguments written anew, text trimmed or in other parts, reasoning as
    /// it was, as text in think tags, or not at all.
    func equals(_ turn: AssistantTurn) -> Bool { hasEqualCalls(turn) && hasEqualText(turn) }

    /// Whether a turn with its first calls could become this with further pieces.
    func begins(with turn: AssistantTurn) -> Bool {
        turn.calls.count < stored.calls.count && turn.calls.allSatisfy { call in stored.calls.contains { Self.areEqual($0, call) } }
    }

    private func hasEqualCalls(_ turn: AssistantTurn) -> Bool {
        turn.calls.count == stored.calls.count && zip(stored.calls, turn.calls).allSatisfy { Self.areEqual($0, $1) }
    }

    private func hasEqualText(_ turn: AssistantTurn) -> Bool {
        let (text, reasoning) = (turn.text[...].trimmed, turn.reasoning[...].trimmed)
        let (own, thought) = (stored.text[...].trimmed, stored.reasoning[...].trimmed)
        if text == own { return reasoning.isEmpty || reasoning == thought }
        guard reasoning.isEmpty, !thought.isEmpty else { return false }
        return ["think", "thinking"].contains { Self.behind(thought, inTag: $0, of: text)?.trimmed == own }
    }

    /// What stands behind a thought that is in tags at the head of a text. The thought itself may hold such tags.
    private static func behind(_ thought: ArraySlice<UInt8>, inTag name: String, of text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let (open, close) = (Array("<\(name)>".utf8), Array("</\(name)>".utf8))
        guard text.starts(with: open) else { return nil }
        let inside = text.dropFirst(open.count).withoutSpaceAhead
        guard inside.starts(with: thought) else { return nil }
        let end = inside.dropFirst(thought.count).withoutSpaceAhead
        return end.starts(with: close) ? end.dropFirst(close.count) : nil
    }

    /// A turn behind a beginning that is not known, with the model's own bytes in place of calls that are equal; what it thought comes back
    /// only where nothing else says that this is another turn.
    ///
    /// - Parameter isSame: whether what stands right before it is what stood there. Calls may be missing, and the client's view holds.
    func restored(_ turn: AssistantTurn, isSame: Bool) -> [Item] {
        if isSame, equals(turn) { return stored.made }
        var items: [Item] = []
        var used = false
        for item in turn.made {
            guard case .call(let call) = item.body, let own = storedItem(of: call) else {
                items.append(item)
                continue
            }
            used = true
            items.append(own)
        }
        guard isSame, used, turn.reasoning.isEmpty, turn.text[...].trimmed == stored.text[...].trimmed else { return items }
        return stored.made.filter { if case .reasoning = $0.body { true } else { false } } + items
    }

    private func storedItem(of call: Item.ToolCall) -> Item? {
        stored.made.first { item in if case .call(let own) = item.body { Self.areEqual(own, call) } else { false } }
    }

    /// A name is a name and an id an id; arguments are equal as JSON. What no JSON object could say came in one that says so
    /// (anthropic-messages 6.1).
    private static func areEqual(_ own: Item.ToolCall, _ call: Item.ToolCall) -> Bool {
        guard own.callID == call.callID, own.name == call.name, own.kind.toolType == call.kind.toolType else { return false }
        if own.kind == .custom { return own.input == call.input }
        if HistoryMeaning.areEqual(own.input, call.input) { return true }
        let sent = call.input.string
        let member = "\(WrappedArguments.member)"
        guard sent.contains(member), let raw = try? RawJSON(parsing: sent) else { return false }
        return raw[member]?.stringValue == own.input.string
    }
}
