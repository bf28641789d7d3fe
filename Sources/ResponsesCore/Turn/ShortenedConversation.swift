import ResponsesAPI

/// A conversation without its beginning, for an engine that finds the whole too long: whole exchanges are left out at the front
/// (responses-api 2, `truncation`), never what system and developer messages say before them, and never the newest exchange.
///
/// Where that alone is too long, as an agent's long loop is, its oldest steps go: what the model thought, said and called, with the
/// outputs.
struct ShortenedConversation {
    private(set) var items: [Item]
    /// Whether more could be left out.
    private(set) var canBeCut: Bool

    /// - Parameter cuts: each leaves at most three quarters of the bytes before it, as far as there is something to leave out.
    init(_ conversation: [Item], cuts: Int) {
        var goal = Double(Self.bytes(of: conversation[...]))
        for _ in 0..<cuts { goal *= 0.75 }
        let headEnd = conversation.firstIndex { !$0.isOperatorMessage } ?? conversation.count
        let head = conversation[..<headEnd]
        goal -= Double(Self.bytes(of: head))
        let exchanges = Self.parts(of: conversation[headEnd...]) { before, item in item.isUserMessage && !before.isUserMessage }
        var (shown, more) = Self.newest(exchanges, of: goal)
        if shown.count == 1, let last = shown.first {
            let question = last.prefix { $0.isUserMessage }
            let steps = Self.parts(of: last.dropFirst(question.count)) { before, item in before.isCallOutput && !item.isCallOutput }
            let (kept, moreSteps) = Self.newest(steps, of: goal - Double(Self.bytes(of: question)))
            shown = [question] + kept
            more = moreSteps
        }
        items = Array(head) + Self.answered(shown.joined())
        canBeCut = more
    }

    /// The newest parts of so many bytes, at least the last; and whether there are others among them.
    private static func newest(_ parts: [ArraySlice<Item>], of goal: Double) -> ([ArraySlice<Item>], Bool) {
        var bytes = 0.0
        var first = parts.count
        while first > 0 {
            bytes += Double(Self.bytes(of: parts[first - 1]))
            if bytes > goal, first < parts.count { break }
            first -= 1
        }
        return (Array(parts[first...]), parts.count - first > 1)
    }

    private static func parts(
        of items: ArraySlice<Item>, startingWhere isStart: (_ before: Item, _ item: Item) -> Bool
    ) -> [ArraySlice<Item>] {
        var parts: [ArraySlice<Item>] = []
        var start = items.startIndex
        for index in items.indices.dropFirst() where isStart(items[index - 1], items[index]) {
            parts.append(items[start..<index])
            start = index
        }
        if start < items.endIndex { parts.append(items[start...]) }
        return parts
    }

    /// Without outputs whose calls were left out: clients put their own messages between the two.
    private static func answered(_ items: some Sequence<Item>) -> [Item] {
        var calls: Set<String> = []
        return items.filter { item in
            switch item.body {
            case .call(let call): calls.insert(call.callID)
            case .callOutput(let output): return calls.contains(output.callID)
            default: break
            }
            return true
        }
    }

    private static func bytes(of items: ArraySlice<Item>) -> Int { items.reduce(0) { $0 + $1.json.bytes.count } }
}

extension Item {
    var isUserMessage: Bool {
        if case .message(let message) = body { message.role == .user } else { false }
    }

    fileprivate var isOperatorMessage: Bool {
        if case .message(let message) = body { message.role == .system || message.role == .developer } else { false }
    }

    fileprivate var isCallOutput: Bool { if case .callOutput = body { true } else { false } }
}
