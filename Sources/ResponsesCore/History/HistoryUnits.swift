import ResponsesAPI

/// Gathers a history's items into turns: each call with its output, whatever order they came in, and what was said in between behind
/// them (chat-completions 4, anthropic-messages 4).
struct HistoryUnits {
    private(set) var units: [HistoryUnit] = []
    private var current: AssistantTurn?
    /// What was said while calls of the current turn had no outputs.
    private var waiting: [PlacedItem] = []
    private var lastMessage = 0
    /// Calls of turns before the current one.
    private var answered: Set<String> = []

    mutating func add(_ placed: PlacedItem) throws(HistoryFailure) {
        lastMessage = placed.message
        switch placed.item.body {
        case .callOutput(let output):
            if current?.answer(placed.item, to: output.callID) == true { return }
            let isSecond = answered.contains(output.callID) || current?.calls.contains { $0.callID == output.callID } == true
            throw .problem(
                isSecond ? .secondOutput(id: output.callID, message: placed.message)
                    : .outputWithoutCall(id: output.callID, message: placed.message))
        case .reasoning, .call: try addMade(placed)
        case .message(let message) where message.role == .assistant: try addMade(placed)
        case .message, .reference, .compaction, .other:
            if let current, !current.isAnswered {
                waiting.append(placed)
            } else {
                try endTurn()
                units.append(.other(placed))
            }
        }
    }

    private mutating func addMade(_ placed: PlacedItem) throws(HistoryFailure) {
        // Two messages of the assistant's in a row are one turn.
        if let turn = current, turn.hasOutputs || !waiting.isEmpty { try endTurn() }
        if current == nil { current = AssistantTurn(message: placed.message) }
        current?.add(placed.item)
    }

    private mutating func endTurn() throws(HistoryFailure) {
        guard let turn = current else { return }
        guard turn.isAnswered else { throw .problem(.callsWithoutOutput(ids: turn.unanswered, message: turn.message)) }
        for call in turn.calls { answered.insert(call.callID) }
        units.append(.turn(turn))
        for placed in waiting { units.append(.other(placed)) }
        current = nil
        waiting = []
    }

    /// No item follows.
    mutating func end() throws(HistoryFailure) {
        let isTurn = current != nil && waiting.isEmpty && current?.calls.isEmpty == true
        try endTurn()
        if isTurn { throw .problem(.endsWithAssistant(message: lastMessage)) }
    }
}
