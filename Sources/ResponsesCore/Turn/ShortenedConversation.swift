import ResponsesAPI

/// A conversation without its beginning, for an engine that finds the whole too long: whole exchanges are left out at the front
/// (responses-api 2, `truncation`), never what system and developer messages say before them, and never the newest exchange.
///
/// Where that alone is too long, as an agent's long loop is, its oldest steps go: what the model thought, said and called, with the
/// outputs. What a client says between a call and its output is part of the exchange that the call is in.
struct ShortenedConversation {
    /// Which items are shown, in order. What comes behind the last is shown as well.
    let shown: [Range<Int>]
    let items: [Item]
    /// Whether more could be left out.
    let canBeCut: Bool

    /// - Parameters:
    ///   - before: what was shown of it before, where that was not all.
    ///   - cuts: the first two leave three quarters of the bytes before them, further ones half, as far as there is something to leave out.
    init(_ conversation: [Item], showing before: [Range<Int>]? = nil, cuts: Int) {
        let places = Self.places(before, of: conversation.count)
        var goal = Double(places.reduce(0) { $0 + conversation[$1].estimatedBytes })
        for cut in 0..<cuts { goal *= cut < 2 ? 0.75 : 0.5 }
        func bytes(_ places: ArraySlice<Int>) -> Double { Double(places.reduce(0) { $0 + conversation[$1].estimatedBytes }) }
        let head = places.prefix { conversation[$0].isOperatorMessage }
        goal -= bytes(head)
        let exchanges = Self.parts(of: places.dropFirst(head.count), in: conversation) { $1.isUserMessage && !$0.isUserMessage }
        var (parts, more) = Self.newest(exchanges, of: goal, bytes)
        if parts.count == 1, let last = parts.first {
            let question = last.prefix { conversation[$0].isUserMessage }
            let steps = Self.parts(of: last.dropFirst(question.count), in: conversation) { $0.isCallOutput && !$1.isCallOutput }
            let (kept, moreSteps) = Self.newest(steps, of: goal - bytes(question), bytes)
            parts = [question] + kept
            more = moreSteps
        }
        let kept = Array(head) + parts.joined()
        canBeCut = more
        items = kept.map { conversation[$0] }
        shown = Self.ranges(kept)
    }

    private static func places(_ shown: [Range<Int>]?, of count: Int) -> [Int] {
        guard let shown, let last = shown.last else { return Array(0..<count) }
        return shown.dropLast().flatMap { Array($0) } + Array(last.lowerBound..<max(last.lowerBound, count))
    }

    private static func ranges(_ places: [Int]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        for place in places {
            if let last = ranges.last, last.upperBound == place {
                ranges[ranges.count - 1] = last.lowerBound..<place + 1
            } else {
                ranges.append(place..<place + 1)
            }
        }
        return ranges
    }

    /// The newest parts of so many bytes, at least the last; and whether there are others among them.
    private static func newest(
        _ parts: [ArraySlice<Int>], of goal: Double, _ size: (ArraySlice<Int>) -> Double
    ) -> ([ArraySlice<Int>], Bool) {
        var bytes = 0.0
        var first = parts.count
        while first > 0 {
            bytes += size(parts[first - 1])
            if bytes > goal, first < parts.count { break }
            first -= 1
        }
        return (Array(parts[first...]), parts.count - first > 1)
    }

    /// Parts that begin where no call waits for its output.
    private static func parts(
        of places: ArraySlice<Int>, in conversation: [Item], startingWhere isStart: (_ before: Item, _ item: Item) -> Bool
    ) -> [ArraySlice<Int>] {
        var parts: [ArraySlice<Int>] = []
        var start = places.startIndex
        var open: Set<String> = []
        for index in places.indices {
            let item = conversation[places[index]]
            if index > start, open.isEmpty, isStart(conversation[places[index - 1]], item) {
                parts.append(places[start..<index])
                start = index
            }
            switch item.body {
            // One that was cut off need not be answered.
            case .call(let call): if item.status != "incomplete" { open.insert(call.callID) }
            case .callOutput(let output): open.remove(output.callID)
            default: break
            }
        }
        if start < places.endIndex { parts.append(places[start...]) }
        return parts
    }
}

extension Item {
    var isUserMessage: Bool {
        if case .message(let message) = body { message.role == .user } else { false }
    }

    var isOperatorMessage: Bool {
        if case .message(let message) = body { message.role == .system || message.role == .developer } else { false }
    }

    fileprivate var isCallOutput: Bool { if case .callOutput = body { true } else { false } }
}
