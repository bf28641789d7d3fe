import ResponsesAPI
import ResponsesEngine

/// The way of a turn: start, resolve, generate, settle.
extension Connection {
    mutating func noteReady(_ streamID: StreamID?) {
        if lanes[streamID]?.isReady == true, !readyLanes.contains(streamID) { readyLanes.append(streamID) }
    }

    /// Starts what may start: lanes in the order they became ready, at most 16 at once.
    mutating func startReadyTurns(at now: Moment) {
        while running.count < limits.turnsInFlightMax, !readyLanes.isEmpty {
            let streamID = readyLanes.removeFirst()
            guard let turn = lanes[streamID]?.startNext() else { continue }
            waitingCount -= 1
            waitingBytes -= turn.bytes
            start(turn, at: now)
        }
        closeIfDone()
    }

    private mutating func start(_ turn: Turn, at now: Moment) {
        // A client may name a response that still runs: then it was made while this turn waited.
        let parent = turn.parent ?? turn.previousResponseID.flatMap { memory[$0] }
        switch turn.request {
        case .failure(let error): failBeforeBeginning(turn.id, streamID: turn.streamID, parent: parent, error)
        case .success(let request):
            running[turn.id] = RunningTurn(
                streamID: turn.streamID, request: request, parent: parent, stage: .fetching, lastEvent: now.uptime)
            if let id = request.previousResponseID, parent == nil {
                effects.append(.fetch(turn.id, id))
            } else {
                begin(turn.id, parent: parent?.node, at: now)
            }
        }
    }

    /// The store answered: the node, or nil when it knows none of this owner by that id.
    public mutating func fetched(_ id: TurnID, _ node: ChainNode?, at now: Moment) {
        guard let turn = running[id], case .fetching = turn.stage, let wanted = turn.request.previousResponseID else { return }
        if turn.isCancelled {
            failBeforeBeginning(id, streamID: turn.streamID, parent: nil, .cancelledBeforeBeginning)
        } else if let node {
            begin(id, parent: node, at: now)
        } else {
            failBeforeBeginning(id, streamID: turn.streamID, parent: turn.parent, .previousResponseNotFound(wanted))
        }
        // A turn that failed at once left its lane to the next.
        startReadyTurns(at: now)
    }

    private mutating func begin(_ id: TurnID, parent: ChainNode?, at now: Moment) {
        guard let turn = running[id] else { return }
        do throws(APIError) {
            var request = turn.request
            // Storing this response would store what it follows along with it, which must not leave the connection.
            if parent?.isStored == false { request.store = false }
            try Self.check(request, transport: configuration.transport)
            guard let model = request.model else { throw .missing("model") }
            guard let route = configuration.engines.route(model: model) else {
                throw .modelNotFound(model, offered: configuration.engines.offered)
            }
            let isWarmup = request.generate == false
            guard isWarmup || parent != nil || !request.input.isEmpty || request.instructions != nil else {
                throw request.hasInput
                    ? .wrongValue("input", "it is empty and there is no previous_response_id. Send at least one item.")
                    : .missing("input")
            }
            let resolved = try ResolvedTurn(
                request, parent: parent, dialect: route.engine.dialect, sealer: configuration.sealer, generates: !isWarmup,
                referencedBytesMax: limits.messageBytesMax)
            let responseID = configuration.makeResponseID()
            var settings = AssemblerSettings()
            settings.reasoningEvents = configuration.reasoningEvents
            settings.announcesErrors = configuration.transport == .sse
            settings.sealer = request.include.contains("reasoning.encrypted_content") ? configuration.sealer : nil
            var assembler = ResponseAssembler(
                id: responseID, lane: LaneTag(turn.streamID),
                echo: ResponseEcho(request, id: responseID, model: model, createdAt: now.unixSeconds), settings: settings)
            assembler.begin(into: &output)
            let generation = GenerationRequest(request, model: route.model, prompt: resolved.prompt)
            running[id]?.stage = .generating(
                RunningTurn.Generating(assembler: assembler, resolved: resolved, route: route, isWarmup: isWarmup))
            running[id]?.request = request
            running[id]?.lastEvent = now.uptime
            effects.append(isWarmup ? .prefill(id, generation, route) : .generate(id, generation, route))
        } catch {
            failBeforeBeginning(id, streamID: turn.streamID, parent: turn.parent, error)
        }
    }

    private static func check(_ request: CreateRequest, transport: Transport) throws(APIError) {
        if request.background == true {
            throw .invalidRequest(
                .unsupportedValue, "Background responses are not supported. Leave 'background' out.", param: "background")
        }
        if let conversation = request.conversation, !conversation.isNull {
            throw .invalidRequest(
                .unsupportedValue, "Conversations are not supported. Continue with 'previous_response_id'.",
                param: "conversation")
        }
        if transport != .webSocket, request.streamID != nil {
            throw .invalidRequest(
                .unknownParameter, "'stream_id' names a lane of a WebSocket connection. Leave it out over HTTP.",
                param: "stream_id")
        }
        if case .tool(_, let name) = request.toolChoice, request.tools.callable(named: name) == nil {
            throw .invalidRequest(.invalidValue, "Tool choice '\(name)' not found in 'tools'.", param: "tool_choice")
        }
    }

    // MARK: The engine's answers

    /// The engine made something. The hot path: appends events, nothing else.
    public mutating func generated(_ id: TurnID, _ batch: GenerationBatch, at now: Moment) {
        running[id]?.receive(batch, at: now.uptime, into: &output)
    }

    /// The engine's function returned, or threw `error`.
    public mutating func ended(_ id: TurnID, _ error: EngineError?, at now: Moment) {
        finish(id, at: now) { generating, events in
            if let error { return generating.assembler.fail(error.apiError, into: &events) }
            return generating.assembler.finish(at: now.unixSeconds, into: &events)
        }
    }

    /// The engine is warm, or could not be warmed.
    public mutating func prefilled(_ id: TurnID, _ result: Result<PrefillResult, EngineError>, at now: Moment) {
        finish(id, at: now) { generating, events in
            switch result {
            case .failure(let error): return generating.assembler.fail(error.apiError, into: &events)
            case .success(.filled(let tokens, let cached)):
                let usage = Usage(inputTokens: tokens, cachedTokens: cached)
                return generating.assembler.finishWarmup(usage, at: now.unixSeconds, into: &events)
            case .success(.unsupported):
                // The turn still keeps its input; nothing was prefilled, so nothing is claimed.
                return generating.assembler.finishWarmup(Usage(), at: now.unixSeconds, into: &events)
            }
        }
    }

    /// Writes the terminal event and settles the chain: commit, or evict.
    private mutating func finish(
        _ id: TurnID, at now: Moment,
        _ end: (inout RunningTurn.Generating, inout EventBuffer) -> AssembledResponse
    ) {
        guard let turn = running[id], case .generating(var generating) = turn.stage else { return }
        running[id]?.stage = .writing
        let assembled = turn.isCancelled ? generating.assembler.cancel(into: &output) : end(&generating, &output)
        running[id]?.lastEvent = now.uptime
        if assembled.error != nil {
            evictParent(turn.parent, lane: turn.streamID)
        } else if !turn.isCancelled {
            commit(turn, generating, assembled)
        }
        effects.append(.finished(id, assembled.error, object: assembled.object))
        effects.append(.confirmWrite(id))
    }

    private mutating func commit(
        _ turn: RunningTurn, _ generating: RunningTurn.Generating, _ assembled: AssembledResponse
    ) {
        // "The `store` value that counts is that of the response being referenced" (7.2).
        let isStored = turn.request.store ?? true
        // Nobody can continue from what is neither remembered nor stored.
        guard configuration.transport == .webSocket || isStored else { return }
        var meters: [MemoryMeter] = []
        if configuration.transport == .webSocket { meters.append(isStored ? storedMeter : configuration.meter) }
        if isStored, let storeMeter = configuration.storeMeter { meters.append(storeMeter) }
        let node = generating.resolved.node(
            id: generating.assembler.id, output: assembled.output, isStored: isStored, meters: meters)
        if configuration.transport == .webSocket {
            memory.insert(node, lane: turn.streamID)
            lanes[turn.streamID]?.newest = node.id
        }
        if isStored { effects.append(.store(node)) }
    }

    /// Called when a turn has been let go: while it is held, so is its chain, and forgetting that would free nothing.
    private mutating func trimMemory() {
        let (meter, storedMeter, process) = (configuration.meter, storedMeter, configuration.processMeter)
        let (connectionMax, processMax) = (limits.connectionMemoryBytesMax, limits.processMemoryBytesMax)
        // What is stored weighs by itself: the store may go on to hold it, and must not push out what only this
        // connection can remember.
        let isOver = { (stored: Bool) in
            (stored ? storedMeter : meter).bytes > connectionMax || process.bytes > processMax
        }
        guard isOver(true) || isOver(false) else { return }
        memory.trim(keeping: Set(lanes.values.compactMap(\.newest)), isOver: isOver)
    }

    /// "Same-lane continuation ends in a 4xx/5xx: evicted. Cross-lane fork fails: kept." (7.3)
    private mutating func evictParent(_ parent: ConnectionMemory.Entry?, lane: StreamID?) {
        guard let parent, parent.lane == lane else { return }
        memory.evict(parent.node.id)
    }

    /// A turn failed before `response.created`: one `error` frame, and the lane goes on.
    private mutating func failBeforeBeginning(
        _ id: TurnID, streamID: StreamID?, parent: ConnectionMemory.Entry?, _ error: APIError
    ) {
        evictParent(parent, lane: streamID)
        running[id] = nil
        lanes[streamID]?.finished(id)
        refuse(error, streamID: streamID, turn: id)
        noteReady(streamID)
    }

    /// Tells a client that a turn will not be: an `error` frame, or the HTTP answer.
    mutating func refuse(_ error: APIError, streamID: StreamID?, turn: TurnID?) {
        if configuration.transport == .webSocket { output.errorFrame(error, streamID: streamID) }
        effects.append(.finished(turn ?? TurnID(-1), error, object: nil))
    }

    /// The transport took the turn's last event: the slot and the lane are free.
    public mutating func written(_ id: TurnID, at now: Moment) {
        guard running[id]?.isWriting == true else { return }
        let streamID = running.removeValue(forKey: id).flatMap { $0.streamID }
        lanes[streamID]?.finished(id)
        noteReady(streamID)
        trimMemory()
        startReadyTurns(at: now)
    }

    // MARK: Cancelling

    mutating func receivedCancel(_ responseID: ResponseID?, streamID: StreamID?, at now: Moment) {
        let found = running.first { _, turn in
            if let responseID {
                guard case .generating(let generating) = turn.stage else { return false }
                return generating.assembler.id == responseID
            }
            return turn.streamID == streamID && !turn.isWriting
        }
        if let (id, turn) = found {
            return cancel(id, turn, at: now)
        }
        // Nothing runs by that description: a waiting turn of the lane may be meant.
        guard responseID == nil, let turn = lanes[streamID]?.remove(where: { _ in true }) else { return }
        waitingCount -= 1
        waitingBytes -= turn.bytes
        refuse(.cancelledBeforeBeginning, streamID: streamID, turn: turn.id)
    }

    private mutating func cancel(_ id: TurnID, _ turn: RunningTurn, at now: Moment) {
        running[id]?.isCancelled = true
        guard case .generating = turn.stage else { return }
        effects.append(.stop(id))
        // The client need not wait for the engine to notice.
        finish(id, at: now) { generating, events in generating.assembler.cancel(into: &events) }
    }
}

extension RunningTurn {
    var isWriting: Bool { if case .writing = stage { true } else { false } }

    fileprivate mutating func receive(_ batch: GenerationBatch, at uptime: Duration, into events: inout EventBuffer) {
        guard case .generating(var generating) = stage, !isCancelled else { return }
        // Taken out and put back so that the assembler's arrays are never shared, which would copy them.
        stage = .fetching
        let before = events.marks.count
        generating.assembler.receive(batch, into: &events)
        stage = .generating(generating)
        // What is only noted (counts, pieces held back) leaves the client in silence.
        if events.marks.count > before { lastEvent = uptime }
    }
}

extension APIError {
    static let cancelledBeforeBeginning = APIError(
        status: 409, type: "invalid_request_error", code: .responseCancelled,
        message: "The turn was cancelled before it began.")
}
