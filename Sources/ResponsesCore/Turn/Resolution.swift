import ResponsesAPI
import ResponsesEngine

/// A turn with its engine, on the way to what that engine works on: a pure function of values.
struct Resolution: Sendable {
    enum Outcome: Sendable {
        case generation(Turn.Generation)
        case refused(APIError)
        /// More of the chain has to be read than is held.
        case needsWholeChain(Turn.Draft)
    }

    let draft: Turn.Draft
    let placement: Placement
    let turn: QueuedTurn.Place
    let configuration: Connection.Configuration
    let now: Moment
    /// The whole chain, as the store returned it because the turn has to read it.
    var whole: ChainNode?

    /// Whether this takes long: the items are many or large, or a long chain has to be written down anew or searched.
    var isLarge: Bool {
        let bytesMin = configuration.limits.largeBytesMin
        if draft.bytes >= bytesMin || draft.source?.chainBytes ?? 0 >= bytesMin { return true }
        guard let parent = draft.parent, parent.chainBytes >= bytesMin else { return false }
        if draft.round.cuts > 0 || draft.round.goal == .answer && draft.request.compactThreshold != nil { return true }
        return turn.purpose == .compaction || !parent.isRendered(in: placement.engine.dialect.name)
            || ResolvedTurn.mustSearch(draft.input, parent)
    }

    /// - Parameter events: gets the first events of a turn that begins, which have its instructions and tools twice.
    func outcome(into events: inout EventBuffer) -> Outcome {
        if let whole { draft.parent?.complete(with: whole) }
        defer { if whole != nil { draft.parent?.dropBefore() } }
        do throws(ResolutionFailure) {
            var generation = try generation()
            if draft.round.isFirst { generation.writer.begin(into: &events) }
            return .generation(generation)
        } catch {
            switch error {
            case .refused(let reason): return .refused(reason)
            case .needsWholeChain: return .needsWholeChain(draft)
            }
        }
    }

    /// - Throws: why the turn cannot be.
    private func generation() throws(ResolutionFailure) -> Turn.Generation {
        var request = draft.request
        let parent = draft.parent
        let places = parent == nil ? Item.placesThatCount(request.input) : nil
        if let places { request.input = places.map { request.input[$0] } }
        let addedTools: ToolSet?
        do throws(APIError) {
            addedTools = try AddedTools.extended(parent?.addedTools ?? draft.round.addedTools, by: request.input)
            request.tools = try AddedTools.merged(request.tools, addedTools)
        } catch {
            throw .refused(error)
        }
        // Codex compacts a thread on a connection of its own, without its tools.
        if !request.tools.isEmpty, let thread = request.promptCacheKey, CodexTurnMetadata(request)?.kind == "turn" {
            configuration.tools.remember(request.tools, of: configuration.owner, thread: thread,
                in: configuration.account.outer ?? configuration.account)
        }
        // Here, as the tools of a large set are read for it.
        if case .tool(_, let name) = request.toolChoice, request.tools.callable(named: name) == nil {
            throw .refused(.invalidRequest(.invalidValue, "Tool choice '\(name.prefix(64))' not found in 'tools'.", param: "tool_choice"))
        }
        let isWarmup = request.generate == false
        guard isWarmup || parent != nil || !request.input.isEmpty || request.instructions != nil else {
            throw .refused(
                request.hasInput
                    ? .wrongValue("input", "it is empty and there is no previous_response_id. Send at least one item.")
                    : .missing("input"))
        }
        let compactsFirst = mustCompactFirst(request)
        if compactsFirst { request.becomeSummary() }
        let resolved = try ResolvedTurn(
            request, parent: parent, placement: placement, sealer: configuration.ownedSealer, generates: !isWarmup && turn.purpose != .count,
            addedTools: addedTools, source: draft.source, places: places, countBefore: draft.conversation?.countBefore ?? 0, cuts: draft.round.cuts, referencedBytesMax: configuration.limits.messageBytesMax,
            owner: configuration.owner, isHeard: configuration.transport.hasHeartbeats)
        var writer = try makeWriter(request)
        var kept: [Item]?
        if compactsFirst {
            kept = try keptMessages(resolved)
            writer = CompactingWriter(writer, sealer: configuration.ownedSealer, budget: ResponseBudget(configuration.limits))
        }
        return Turn.Generation(
            writer: writer,
            plan: Turn.Plan(draft, placement: placement, resolved: resolved, tools: request.tools, kept: kept, createdAt: now.unixSeconds))
    }

    /// Whether the conversation is compacted before it is answered.
    private func mustCompactFirst(_ request: CreateRequest) -> Bool {
        switch draft.round.goal {
        case .summary: return true
        case .answerAfterSummary: return false
        case .answer: break
        }
        guard let threshold = request.compactThreshold, turn.purpose == .response, !draft.compacts, request.generate != false else {
            return false
        }
        // What the user says is kept: it is the rest that becomes a summary.
        guard draft.parent != nil || request.input.contains(where: { !$0.isUserMessage }) else { return false }
        return ContextSize.tokens(request, after: draft.parent) >= threshold
    }

    /// - Parameter resolved: the turn that asks for the summary, with the question for it at the end.
    private func keptMessages(_ resolved: ResolvedTurn) throws(ResolutionFailure) -> [Item] {
        guard let before = draft.parent.map({ $0.items() }) ?? [] else { throw .needsWholeChain }
        let input = resolved.input.items.dropLast().compactMap { try? Item($0) }
        // Half of what the threshold allows, as bytes.
        return KeptMessages.of(before + input, bytesMax: 2 * min(draft.request.compactThreshold ?? 0, 1 << 40))
    }

    private func makeWriter(_ request: CreateRequest) throws(ResolutionFailure) -> any TurnWriter {
        let id = draft.conversation?.place.turn ?? configuration.makeResponseID()
        if turn.purpose == .count {
            return CountWriter(
                id: id, estimatedInputTokens: ContextSize.tokens(ofPrompt: request, after: draft.parent), format: configuration.format)
        }
        if turn.purpose == .compaction {
            var conversation: [Item] = []
            if let parent = draft.parent {
                guard let items = parent.items() else { throw .needsWholeChain }
                conversation = items
            }
            return CompactionWriter(
                id: id, conversation: conversation + draft.input, sealer: configuration.ownedSealer,
                budget: ResponseBudget(configuration.limits))
        }
        let beginning = BeginningTurn(id: id, streamID: turn.streamID, model: draft.model, createdAt: now.unixSeconds)
        if draft.compacts {
            return CompactingWriter(
                ResponsesFormat().assembler(of: beginning, draft.request, configuration), sealer: configuration.ownedSealer,
                budget: ResponseBudget(configuration.limits))
        }
        return configuration.format.writer(of: beginning, draft.request, configuration)
    }
}
