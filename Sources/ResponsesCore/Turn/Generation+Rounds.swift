import ResponsesAPI
import ResponsesEngine

extension Turn.Generation {
    /// Whether this run writes the summary that the conversation is then answered from, not one that is the whole response.
    private var isCompactedFirst: Bool { !plan.compacts && writer is CompactingWriter }

    /// What the engine is to be asked after this run, and the response with what came of it; nil when the turn ends here.
    ///
    /// - Parameter ending: how the run ended.
    mutating func nextRound(after ending: Turn.Ending, into events: inout EventBuffer) -> Turn.Draft? {
        guard let draft = plan.draft else { return nil }
        switch ending {
        case .generated(.success):
            guard isCompactedFirst, let compacting = writer as? CompactingWriter else { return nil }
            guard let (response, item) = compacting.compacted(into: &events), let compaction = try? Item(item) else {
                // The model wrote none: the conversation is answered as it is, as long as the engine takes it.
                writer = compacting.response
                return draft.uncompacted()
            }
            writer = response
            return draft.compacted(to: plan.kept + [compaction], addedTools: plan.resolved.addedTools)
        case .generated(.failure(let error)):
            guard error.kind == .contextLengthExceeded, plan.mayBeCut, writer.endBytes == 0 else { return nil }
            return draft.cut(whileCompacting: isCompactedFirst)
        case .prefilled, .counted, .refused, .unreadable, .limited, .stopped, .cancelled, .timeOver, .memoryOver: return nil
        }
    }
}

extension Turn.Draft {
    /// The turn with a conversation that stands for its own.
    fileprivate func compacted(to conversation: [Item], addedTools: ToolSet?) -> Turn.Draft {
        var request = request
        request.input = conversation
        var inConversation = self.conversation
        inConversation?.countBefore = 0
        return Turn.Draft(
            request, model: model, input: conversation, parent: nil, bytes: conversation.reduce(0) { $0 + $1.json.bytes.count },
            conversation: inConversation, round: Round(goal: .answerAfterSummary, isFirst: false, addedTools: addedTools))
    }

    /// The turn without a compaction.
    fileprivate func uncompacted() -> Turn.Draft {
        var round = round
        (round.isFirst, round.goal) = (false, .answerAfterSummary)
        return Turn.Draft(
            request, model: model, input: input, parent: parent, source: source, bytes: bytes, compacts: compacts,
            conversation: conversation, round: round)
    }

    /// The turn with less of its conversation.
    fileprivate func cut(whileCompacting: Bool) -> Turn.Draft {
        var round = round
        round.isFirst = false
        round.cuts += 1
        if whileCompacting { round.goal = .summary }
        return Turn.Draft(
            request, model: model, input: input, parent: parent, source: source, bytes: bytes, compacts: compacts,
            conversation: conversation, round: round)
    }
}
