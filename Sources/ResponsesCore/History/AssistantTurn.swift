import ResponsesAPI

/// What a model said and called in one turn, and what its calls brought, as a client's history has it.
struct AssistantTurn: Sendable {
    /// Reasoning, texts and calls, in the order in which they came.
    private(set) var made: [Item] = []
    /// The first message of it.
    let message: Int
    /// The calls among `made`, in order.
    private(set) var calls: [Item.ToolCall] = []
    /// By a call's id, the places of the calls that have it, and how many of them have an output: the first is answered first.
    private var places: [String: (all: [Int], answered: Int)] = [:]
    private var unansweredCount = 0
    /// By call, what it brought.
    private(set) var outputs: [Item?] = []
    /// The texts of the message, joined, escaped.
    private(set) var text: [UInt8] = []
    /// What was thought, joined, escaped.
    private(set) var reasoning: [UInt8] = []

    init(message: Int) { self.message = message }

    /// A response's output.
    init(stored items: [Item]) {
        message = 0
        for item in items { add(item) }
    }

    mutating func add(_ item: Item) {
        made.append(item)
        switch item.body {
        case .message(let message):
            for part in message.content { if let more = part.text { text += more.escaped } }
        case .reasoning(let thought):
            for part in thought.content.isEmpty ? thought.summary : thought.content { if let more = part.text { reasoning += more.escaped } }
        case .call(let call):
            places[call.callID, default: ([], 0)].all.append(calls.count)
            calls.append(call)
            outputs.append(nil)
            unansweredCount += 1
        case .callOutput, .reference, .compaction, .other: break
        }
    }

    /// Takes a call's output; of several calls of one id the first that has none is meant.
    ///
    /// - Returns: whether there is such a call.
    mutating func answer(_ output: Item, to callID: String) -> Bool {
        guard let (all, answered) = places[callID], answered < all.count else { return false }
        places[callID]?.answered = answered + 1
        outputs[all[answered]] = output
        unansweredCount -= 1
        return true
    }

    /// Where in `calls` those of an id stand.
    func places(ofCall id: String) -> [Int] { places[id]?.all ?? [] }

    var hasOutputs: Bool { unansweredCount < calls.count }
    var isAnswered: Bool { unansweredCount == 0 }
    var unanswered: [String] { calls.indices.filter { outputs[$0] == nil }.map { calls[$0].callID } }
    /// In the order of their calls.
    var answers: [Item] { outputs.compactMap(\.self) }

    /// Puts the calls of a piece behind these, with what they brought. All of both are answered.
    mutating func join(_ piece: AssistantTurn) {
        for item in piece.made { add(item) }
        outputs.removeLast(piece.calls.count)
        outputs += piece.outputs
        unansweredCount -= piece.calls.count
    }

    /// Puts the calls, with what they brought, into the order of another turn's; those that it has not stand behind.
    mutating func order(as other: AssistantTurn) {
        var next: [String: Int] = [:]
        var order: [Int] = []
        var isLeft = [Bool](repeating: true, count: calls.count)
        for call in other.calls {
            let all = places(ofCall: call.callID)
            let number = next[call.callID, default: 0]
            guard number < all.count else { continue }
            next[call.callID] = number + 1
            order.append(all[number])
            isLeft[all[number]] = false
        }
        order += calls.indices.filter { isLeft[$0] }
        (calls, outputs) = (order.map { calls[$0] }, order.map { outputs[$0] })
    }
}
