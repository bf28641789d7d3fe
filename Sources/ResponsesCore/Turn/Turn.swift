import ResponsesAPI
import ResponsesEngine

/// One `response.create` from its start to its last event.
///
/// A value: told what happened, it writes events into a buffer and says what is to be done. It does not know the
/// order of lanes, the connection or a socket. Whatever ends a turn, it ends in `end`.
struct Turn: Sendable {
    enum State: Sendable {
        /// Its turn has come. Next: `fetching`, `placing`, `over`.
        case ready(Result<CreateRequest, APIError>)
        /// The store looks for the parent. Next: `placing`, `abandoned`, `over`.
        case fetching(CreateRequest)
        /// The directory chooses an engine. Next: `generating`, `abandoned`, `over`.
        case placing(Draft)
        /// The client cancelled while the store or the directory is asked; the turn ends with the answer. Next: `over`.
        case abandoned
        /// `response.created` is written and the engine works. Next: `over`.
        case generating(Generation)
        /// The last event is written; the turn's slot is held until the transport took it (websocket-mode 9). Final.
        case over
        /// Only within a method, which takes the state out to change it without a copy. Next: what the method sets.
        case changing
    }

    /// What a turn wants done. At most one thing at a time.
    enum Effect: Hashable {
        /// Find the parent in the store; answer with `fetched`.
        case fetch(ResponseID)
        /// Choose an engine; answer with `placed`.
        case place(PlacementRequest)
        /// Run the engine on `plan`; answer with `generated` and one `end`.
        case generate
        /// Warm the engine up with `plan`; answer with one `end`.
        case prefill
        /// End the turn, which cannot begin.
        case end(Ending)
    }

    /// A turn whose parent is known and whose engine is not.
    struct Draft: Sendable {
        /// As the engine is to be asked.
        let request: CreateRequest
        /// The model's name as the client said it.
        let model: String
        /// What the client sent, without what a compaction adds.
        let input: [Item]
        let parent: ChainNode?
    }

    /// What the engine is working on. Small, as it is taken out and put back with every batch.
    struct Generation: Sendable {
        var writer: any TurnWriter
        let plan: Plan
    }

    /// What was decided when a turn began.
    final class Plan: Sendable {
        /// Whether the response is to be stored. "The `store` value that counts is that of the response being referenced"
        /// (websocket-mode 7.2).
        let isStored: Bool
        /// The model's name as the client said it.
        let model: String
        let resolved: ResolvedTurn
        let placement: Placement
        let request: GenerationRequest
        /// What the engine will not see of the turn's input and tools.
        let leftOut: [LeftOut]

        init(_ request: CreateRequest, model: String, placement: Placement, resolved: ResolvedTurn) {
            isStored = request.store ?? true
            self.model = model
            self.resolved = resolved
            self.placement = placement
            self.request = GenerationRequest(request, model: placement.model, prompt: resolved.prompt)
            leftOut = LeftOut.of(request, placement.engine.dialect)
        }
    }

    /// How a turn ends.
    enum Ending: Hashable {
        /// The engine's function returned, or threw.
        case generated(EngineError?)
        /// The engine is warm, or could not be warmed.
        case prefilled(Result<PrefillResult, EngineError>)
        /// What was asked for cannot be done.
        case refused(APIError)
        /// The client cancelled.
        case cancelled
        /// There is no more time: the connection's lifetime, or the server's shutdown.
        case timeOver(APIError)
    }

    /// What an ended turn leaves to its connection.
    struct Remains: Sendable {
        var end: EndedTurn
        var chain: ChainChange
    }

    enum ChainChange: Sendable {
        /// This turn extends the chain.
        case extend(Plan, output: [RawJSON])
        /// The turn failed: what it continued on its own lane is forgotten (websocket-mode 7.3).
        case evictParent
        /// As if the turn had not been.
        case unchanged
    }

    let id: TurnID
    let streamID: StreamID?
    let purpose: TurnPurpose
    /// What memory held of the parent when the turn was accepted or started.
    let parent: ConnectionMemory.Entry?
    /// Bytes of the message that it came in.
    private let bytes: Int
    private(set) var state: State
    private let startedAt: Duration
    /// When the client last heard of it.
    private(set) var lastEvent: Duration

    /// - Parameter parent: the parent when the connection remembers it.
    init(_ queued: QueuedTurn, parent: ConnectionMemory.Entry?, at now: Moment) {
        id = queued.id
        streamID = queued.streamID
        purpose = queued.purpose
        bytes = queued.bytes
        self.parent = parent
        state = .ready(queued.request)
        startedAt = now.uptime
        lastEvent = now.uptime
    }

    /// The response, once it was created and as long as the engine works on it.
    var responseID: ResponseID? { if case .generating(let generation) = state { generation.writer.id } else { nil } }
    var isGenerating: Bool { if case .generating = state { true } else { false } }
    var isOver: Bool { if case .over = state { true } else { false } }
    /// What the engine is to work on.
    var plan: Plan? { if case .generating(let generation) = state { generation.plan } else { nil } }

    // MARK: The beginning

    /// Begins, or has the store look for the parent that the connection does not remember.
    mutating func start(_ configuration: Connection.Configuration) -> Effect? {
        guard case .ready(let request) = state else { return nil }
        switch request {
        case .failure(let error): return .end(.refused(error))
        case .success(let request):
            if purpose == .compaction, request.model == nil { return .end(.refused(.missing("model"))) }
            if let wanted = request.previousResponseID, parent == nil {
                state = .fetching(request)
                return .fetch(wanted)
            }
            return draft(request, after: parent?.node, configuration)
        }
    }

    /// The store returned the parent, or nil when its owner has none by that id.
    mutating func fetched(_ node: ChainNode?, _ configuration: Connection.Configuration) -> Effect? {
        switch state {
        case .fetching(let request):
            guard let node else { return .end(.refused(.previousResponseNotFound(request.previousResponseID ?? ""))) }
            return draft(request, after: node, configuration)
        case .abandoned: return .end(.cancelled)
        case .ready, .placing, .generating, .over, .changing: return nil
        }
    }

    /// Looks at the request by itself, then asks for an engine.
    private mutating func draft(
        _ original: CreateRequest, after parent: ChainNode?, _ configuration: Connection.Configuration
    ) -> Effect {
        var request = original
        // Storing this response would store what it follows along with it, which must not leave the connection.
        if parent?.isStored == false { request.store = false }
        if purpose == .compaction { request.askForSummary() }
        do throws(APIError) {
            try request.check(configuration.transport)
        } catch {
            return .end(.refused(error))
        }
        guard let model = request.model else { return .end(.refused(.missing("model"))) }
        state = .placing(Draft(request: request, model: model, input: original.input, parent: parent))
        return .place(
            PlacementRequest(
                model: model, owner: configuration.owner, affinity: parent?.engine, bytes: (parent?.chainBytes ?? 0) + bytes))
    }

    /// The directory chose an engine, or none takes the turn.
    ///
    /// - Returns: nil when the turn has no use for the engine.
    mutating func placed(
        _ answer: Result<Placement, EngineError>, _ configuration: Connection.Configuration, at now: Moment,
        into events: inout EventBuffer
    ) -> Effect? {
        switch state {
        case .placing(let draft):
            do throws(APIError) {
                guard case .success(let placement) = answer else {
                    guard case .failure(let error) = answer else { return nil }
                    throw error.apiError
                }
                var generation = try makeGeneration(draft, at: placement, configuration, at: now)
                generation.writer.begin(into: &events)
                state = .generating(generation)
                lastEvent = now.uptime
                return draft.request.generate == false && purpose == .response ? .prefill : .generate
            } catch {
                return .end(.refused(error))
            }
        case .abandoned: return .end(.cancelled)
        case .ready, .fetching, .generating, .over, .changing: return nil
        }
    }

    /// - Throws: why the turn cannot be.
    private func makeGeneration(
        _ draft: Draft, at placement: Placement, _ configuration: Connection.Configuration, at now: Moment
    ) throws(APIError) -> Generation {
        let (request, parent) = (draft.request, draft.parent)
        let isWarmup = request.generate == false
        guard isWarmup || parent != nil || !request.input.isEmpty || request.instructions != nil else {
            throw request.hasInput
                ? .wrongValue("input", "it is empty and there is no previous_response_id. Send at least one item.")
                : .missing("input")
        }
        let resolved = try ResolvedTurn(
            request, parent: parent, dialect: placement.engine.dialect, sealer: configuration.sealer, generates: !isWarmup,
            referencedBytesMax: configuration.limits.messageBytesMax)
        return Generation(
            writer: makeWriter(draft, configuration, at: now),
            plan: Plan(request, model: draft.model, placement: placement, resolved: resolved))
    }

    private func makeWriter(
        _ draft: Draft, _ configuration: Connection.Configuration, at now: Moment
    ) -> any TurnWriter {
        let id = configuration.makeResponseID()
        if purpose == .compaction {
            return CompactionWriter(
                id: id, conversation: (draft.parent?.items() ?? []) + draft.input, sealer: configuration.sealer)
        }
        let request = draft.request
        var settings = AssemblerSettings()
        settings.reasoningEvents = configuration.reasoningEvents
        settings.announcesFailures = configuration.transport.announcesFailures
        settings.writesLastEventOnly = configuration.transport.wantsLastEventOnly
        settings.sealer = request.include.contains("reasoning.encrypted_content") ? configuration.sealer : nil
        return ResponseAssembler(
            id: id, lane: LaneTag(streamID),
            echo: ResponseEcho(request, id: id, model: draft.model, createdAt: now.unixSeconds), settings: settings)
    }

    // MARK: While the engine works

    /// The engine made something. The hot path: appends events, nothing else.
    mutating func generated(_ batch: GenerationBatch, at now: Moment, into events: inout EventBuffer) {
        guard case .generating(var generation) = state else { return }
        // Taken out and put back, so that the writer's arrays have one holder and are not copied.
        state = .changing
        let before = events.marks.count
        generation.writer.receive(batch, into: &events)
        state = .generating(generation)
        // What is only noted (counts, pieces held back) leaves the client in silence.
        if events.marks.count > before { lastEvent = now.uptime }
    }

    /// Writes a sign of life when the client has heard nothing for so long.
    mutating func beat(after silence: Duration, at now: Moment, into events: inout EventBuffer) {
        guard now.uptime >= lastEvent + silence, case .generating(var generation) = state else { return }
        state = .changing
        generation.writer.heartbeat(into: &events)
        state = .generating(generation)
        lastEvent = now.uptime
    }

    /// A number of its response's count for an event that is not its own; nil when it does not generate.
    mutating func takeNumber() -> Int? {
        guard case .generating(var generation) = state else { return nil }
        state = .changing
        defer { state = .generating(generation) }
        return generation.writer.takeNumber()
    }

    /// The client cancelled while the store or the directory is asked: nothing can be said before the answer.
    ///
    /// - Returns: whether that is so; otherwise `end` the turn.
    mutating func abandoned() -> Bool {
        switch state {
        case .fetching, .placing: state = .abandoned
        case .abandoned: break
        case .ready, .generating, .over, .changing: return false
        }
        return true
    }

    // MARK: The end

    /// The one way to end: writes the last event, and says what becomes of the chain. Nil for a turn that is over.
    mutating func end(
        _ ending: Ending, transport: Connection.Transport, at now: Moment, into events: inout EventBuffer
    ) -> Remains? {
        switch state {
        case .over, .changing: return nil
        case .ready, .fetching, .placing, .abandoned:
            state = .over
            return refusal(ending, transport: transport, into: &events)
        case .generating(var generation):
            state = .over
            lastEvent = now.uptime
            return conclusion(of: &generation, ending, at: now, into: &events)
        }
    }

    /// Nothing was said of a response: an `error` event where the transport has one, and no more.
    private func refusal(_ ending: Ending, transport: Connection.Transport, into events: inout EventBuffer) -> Remains {
        let error: APIError
        var chain = ChainChange.evictParent
        switch ending {
        case .refused(let reason): error = reason
        case .timeOver(let reason): error = reason
        case .cancelled:
            error = .cancelledBeforeBeginning
            chain = .unchanged
        case .generated, .prefilled: error = .engineEndedEarly
        }
        if transport.sendsRefusals { events.errorFrame(error, streamID: streamID) }
        return Remains(end: EndedTurn(turn: id, streamID: streamID, error: error), chain: chain)
    }

    private func conclusion(
        of generation: inout Generation, _ ending: Ending, at now: Moment, into events: inout EventBuffer
    ) -> Remains {
        var engineError: EngineError?
        let written: AssembledResponse
        switch ending {
        case .generated(nil): written = generation.writer.finish(at: now.unixSeconds, into: &events)
        case .prefilled(.success(let result)):
            // An engine that cannot be warmed claims nothing; the turn still keeps its input.
            var usage = Usage()
            if case .filled(let tokens, let cached) = result { usage = Usage(inputTokens: tokens, cachedTokens: cached) }
            written = generation.writer.finishWarmup(usage, at: now.unixSeconds, into: &events)
        case .generated(let error?), .prefilled(.failure(let error)):
            engineError = error
            written = generation.writer.fail(error.apiError, into: &events)
        case .refused(let error), .timeOver(let error): written = generation.writer.fail(error, into: &events)
        case .cancelled: written = generation.writer.cancel(into: &events)
        }
        var end = EndedTurn(turn: id, streamID: streamID, error: written.error)
        end.engineError = engineError
        end.outcome = outcome(of: generation, written.status, at: now)
        end.outcome?.usage = written.usage
        end.outcome?.outputBytes = written.output.reduce(0) { $0 + $1.bytes.count }
        end.outcome?.object = written.object
        return Remains(end: end, chain: change(ending, generation.plan, written))
    }

    /// The client is gone, and nothing more is written: what is left to say of the turn to the operator. Nil for a turn that
    /// did not generate.
    mutating func abandon(at now: Moment) -> EndedTurn? {
        guard case .generating(let generation) = state else { return nil }
        state = .over
        var end = EndedTurn(turn: id, streamID: streamID, error: nil)
        end.isAbandoned = true
        end.outcome = outcome(of: generation, "abandoned", at: now)
        return end
    }

    private func outcome(of generation: Generation, _ status: StaticString, at now: Moment) -> EndedTurn.Outcome {
        EndedTurn.Outcome(
            responseID: generation.writer.id, status: status, model: generation.plan.model,
            engine: generation.plan.placement.id.rawValue, duration: now.uptime - startedAt)
    }

    private func change(_ ending: Ending, _ plan: Plan, _ written: AssembledResponse) -> ChainChange {
        if written.error != nil { return .evictParent }
        if ending == .cancelled || purpose == .compaction { return .unchanged }
        return .extend(plan, output: written.output)
    }
}

extension CreateRequest {
    /// Whether this server does what is asked for, as far as the request alone shows it.
    fileprivate func check(_ transport: Connection.Transport) throws(APIError) {
        if background == true {
            throw .invalidRequest(
                .unsupportedValue, "Background responses are not supported. Leave 'background' out.", param: "background")
        }
        if let conversation, !conversation.isNull {
            throw .invalidRequest(
                .unsupportedValue, "Conversations are not supported. Continue with 'previous_response_id'.",
                param: "conversation")
        }
        if !transport.isLasting, streamID != nil {
            throw .invalidRequest(
                .unknownParameter, "'stream_id' names a lane of a WebSocket connection. Leave it out over HTTP.",
                param: "stream_id")
        }
        if case .tool(_, let name) = toolChoice, tools.callable(named: name) == nil {
            throw .invalidRequest(.invalidValue, "Tool choice '\(name)' not found in 'tools'.", param: "tool_choice")
        }
    }

    /// Makes a compaction's request the one that its summary is generated with.
    fileprivate mutating func askForSummary() {
        input.append(.userMessage(CompactionWriter.instruction))
        store = false
        stream = false
        generate = nil
        tools = .empty
        toolChoice = .none
    }
}

extension APIError {
    static let cancelledBeforeBeginning = APIError(
        status: 409, type: "invalid_request_error", code: .responseCancelled,
        message: "The turn was cancelled before it began.")
}
