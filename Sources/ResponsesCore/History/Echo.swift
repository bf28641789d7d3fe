import ResponsesAPI

/// A response's output, against what a client sent back for it (chat-completions 9.1): equal by meaning, it is the output itself,
/// byte for byte.
///
/// A history may name one response in each of its turns, so what is stored is read once, and comparing costs what the client sent. It
/// gives each of its parts once: a few bytes of a request, repeated, would otherwise become megabytes of a prompt.
final class Echo {
    let stored: AssistantTurn
    /// Its calls as items.
    private let callItems: [Item]
    /// Arguments in one spelling, by the call's place; made when a call is spelled in another way.
    private var spelled: [Int: [UInt8]] = [:]
    /// The places of calls that were given in place of a client's.
    private var given: Set<Int> = []
    private var hasGivenThoughts = false

    init(of output: [Item]) {
        stored = AssistantTurn(stored: output)
        callItems = output.filter { if case .call = $0.body { true } else { false } }
    }

    /// Whether this is what the model made, as clients give it back: arguments written anew, text trimmed or in other parts, reasoning as
    /// it was, as text in think tags, or not at all.
    func equals(_ turn: AssistantTurn) -> Bool { hasEqualCalls(turn) && hasEqualText(turn) }

    /// Whether all of these are among its calls.
    func has(_ calls: [Item.ToolCall]) -> Bool { calls.allSatisfy { place(of: $0) != nil } }

    private func hasEqualCalls(_ turn: AssistantTurn) -> Bool {
        turn.calls.count == stored.calls.count && turn.calls.indices.allSatisfy { isEqual(turn.calls[$0], at: $0) }
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

    // MARK: In part

    /// A turn behind a beginning that is not known, with the model's own bytes in place of calls that are equal; what it thought comes back
    /// only where nothing else says that this is another turn.
    ///
    /// - Parameter isSame: whether what stands right before it is what stood there. Calls may be missing, and the client's view holds.
    func restored(_ turn: AssistantTurn, isSame: Bool) -> [Item] {
        let givesThoughts = isSame && !hasGivenThoughts && turn.reasoning.isEmpty
        if givesThoughts, given.isEmpty, equals(turn) {
            hasGivenThoughts = true
            given.formUnion(stored.calls.indices)
            return stored.made
        }
        var items: [Item] = []
        var used = false
        for item in turn.made {
            guard case .call(let call) = item.body, let place = place(of: call), given.insert(place).inserted else {
                items.append(item)
                continue
            }
            used = true
            items.append(callItems[place])
        }
        guard givesThoughts, used, turn.text[...].trimmed == stored.text[...].trimmed else { return items }
        hasGivenThoughts = true
        return stored.made.filter { if case .reasoning = $0.body { true } else { false } } + items
    }

    private func place(of call: Item.ToolCall) -> Int? { stored.places(ofCall: call.callID).first { isEqual(call, at: $0) } }

    /// A name is a name and an id an id; arguments are equal as JSON. What no JSON object could say came in one that says so
    /// (anthropic-messages 6.1).
    private func isEqual(_ call: Item.ToolCall, at place: Int) -> Bool {
        let own = stored.calls[place]
        guard own.callID == call.callID, own.name == call.name, own.kind.toolType == call.kind.toolType else { return false }
        if own.input == call.input { return true }
        if own.kind == .custom { return false }
        if HistoryMeaning.arguments(call.input) == spelledArguments(at: place) { return true }
        let sent = call.input.string
        let member = "\(WrappedArguments.member)"
        guard sent.contains(member), let raw = try? RawJSON(parsing: sent), let text = raw[member]?.stringValue else { return false }
        return JSONText(text) == own.input
    }

    private func spelledArguments(at place: Int) -> [UInt8] {
        if let known = spelled[place] { return known }
        let arguments = HistoryMeaning.arguments(stored.calls[place].input)
        spelled[place] = arguments
        return arguments
    }
}
