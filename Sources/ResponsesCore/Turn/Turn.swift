import ResponsesAPI
import ResponsesEngine
import ResponsesStore

/// One `response.create` from its start to its last event.
///
/// A value: told what happened, it writes events into a buffer and says what is to be done. It does not know the
/// order of lanes, the connection or a socket. Whatever ends a turn, it ends in `end`, and if its response is stored in
/// `stored`.
struct Turn: Sendable {
    /// What holds a request is behind a pointer, here or by itself: it is wide, and only read.
    enum State: Sendable {
        /// Its turn has come. Next: `reading`, `joining`, `fetching`, `placing`, `over`.
        case ready(AskedTurn)
        /// The message is read beside the loop, as it is large. Next: `joining`, `fetching`, `placing`, `abandoned`, `over`.
        case reading
        /// It waits for its place in a conversation. Next: `placing`, `abandoned`, `over`.
        indirect case joining(CreateRequest)
        /// The store looks for the parent. Next: `placing`, `abandoned`, `over`.
        indirect case fetching(CreateRequest)
        /// The directory chooses an engine. Next: `resolving`, `completing`, `announcing`, `generating`, `abandoned`, `over`.
        case placing(Draft)
        /// The store looks for the whole chain, which the turn has to read. Next: `resolving`, `announcing`, `generating`,
        /// `abandoned`, `over`.
        case completing(Draft, Placement)
        /// The conversation is written down beside the loop, as it is large. Next: `completing`, `announcing`, `generating`,
        /// `abandoned`, `over`.
        case resolving(Placement, isWhole: Bool)
        /// `response.queued` is written and the store notes down that the response runs, before its client hears of it; and how the
        /// turn is to end, if that was said meanwhile. Next: `generating`, `ending`, `settling`, `over`.
        indirect case announcing(Generation, Ending?)
        /// The client cancelled while the turn waits for an answer; it ends with that. Next: `over`.
        case abandoned
        /// `response.created` is written and the engine works. Next: `ending`, `extending`, `settling`, `over`.
        case generating(Generation)
        /// The engine is done with a large response, whose end is written beside the loop. What is held is as it was before that,
        /// for when there is no time for it. Next: `extending`, `settling`, `over`.
        case ending(Generation, Ending)
        /// The chain is extended beside the loop, as the response is large; everything but the last event is written.
        /// Next: `settling`, `over`.
        indirect case extending(Settling)
        /// Everything but the last event is written, which waits for the store. Next: `over`.
        indirect case settling(Settling)
        /// The last event is written; the turn's slot is held until the transport took it (websocket-mode 9). Final.
        case over
        /// Only within a method, which takes the state out to change it without a copy. Next: what the method sets.
        case changing
    }

    /// What a turn wants done. At most one thing at a time.
    enum Effect: Sendable {
        /// Do this beside the loop; answer with `worked`.
        case work(LargeWork)
        /// Have the turn's place in a conversation, behind the turns that are there before it; answer with `joined`.
        case join(ConversationPlace)
        /// Note down that the response runs; answer with `announced`.
        case announce(ResponseRecord)
        /// Find the parent in the store, with all that is before it when `whole`; answer with `fetched`.
        case fetch(ResponseID, whole: Bool = false)
        /// Choose an engine; answer with `placed`.
        case place(PlacementRequest)
        /// Run the engine on `plan`; answer with `generated` and one `end`.
        case generate
        /// Warm the engine up with `plan`; answer with one `end`.
        case prefill
        /// Have the engine count the input of `plan`; answer with one `end`.
        case count
        /// End the turn, which cannot begin.
        case end(Ending)
    }

    /// Of a request, what its tools are kept by.
    struct AskedTools {
        let tools: ToolSet
        let isStored: Bool

        init(of request: CreateRequest) {
            tools = request.tools
            isStored = request.store != false
        }
    }

    /// A turn whose parent is known and whose engine is not.
    final class Draft: Sendable {
        /// As the engine is to be asked.
        let request: CreateRequest
        /// The model's name as the client said it.
        let model: String
        /// What the client sent, without what a compaction adds.
        let input: [Item]
        let parent: ChainNode?
        /// A stored response whose items the input refers to, where there is no parent.
        let source: ChainNode?
        /// Bytes of the message that it came in.
        let bytes: Int
        /// The response is to be a compaction: its last item asks for one.
        let compacts: Bool
        let conversation: ConversationInput?
        let round: Round

        init(
            _ request: CreateRequest, model: String, input: [Item], parent: ChainNode?, source: ChainNode? = nil, bytes: Int,
            compacts: Bool = false, conversation: ConversationInput? = nil, round: Round = Round()
        ) {
            self.request = request
            self.model = model
            self.input = input
            self.parent = parent
            self.source = source
            self.bytes = bytes
            self.compacts = compacts
            self.conversation = conversation
            self.round = round
        }
    }

    /// What the engine is working on. Small, as it is taken out and put back with every batch.
    struct Generation: Sendable {
        var writer: any TurnWriter
        let plan: Plan
    }

    /// A response that the store is to keep.
    struct Settling: Sendable {
        var generation: Generation
        let written: AssembledResponse
        /// What the engine said, when it was the engine that failed.
        var engineError: EngineError?
    }

    /// What was decided when a turn began.
    final class Plan: Sendable {
        /// Whether the response is to be stored. "The `store` value that counts is that of the response being referenced"
        /// (websocket-mode 7.2).
        let isStored: Bool
        /// The model's name as the client said it.
        let model: String
        /// As the response object echoes them.
        let tools: RawJSON
        let createdAt: Int
        let resolved: ResolvedTurn
        let placement: Placement
        /// What the engine will not see of the turn's input and tools.
        let leftOut: [LeftOut]
        /// Whether the engine is only warmed.
        let isWarmup: Bool
        /// Whether the response runs without a listener, and is stored however it ends.
        let isBackground: Bool
        /// What the turn adds to its conversation, when it has one.
        let addition: ConversationAddition?
        /// Whether the response is a compaction. Its chain ends with it: the item begins another.
        let compacts: Bool
        /// What a further run of the engine would be made from; nil when there cannot be one.
        let draft: Draft?
        /// Of a conversation that is compacted before it is answered, what stays beside the summary.
        let kept: [Item]

        /// What this and the engine's request hold, in bytes: the items and their writing down, or what else the message was large
        /// by, such as instructions, in the request and as the engine is sent it. Tools count by themselves (`MemoryUse.tools`).
        let heldBytes: Int

        init(_ draft: Draft, placement: Placement, resolved: ResolvedTurn, tools: ToolSet, kept: [Item]? = nil, createdAt: Int) {
            isStored = draft.request.store ?? true
            model = draft.model
            self.tools = draft.request.tools.echo
            self.createdAt = createdAt
            self.resolved = resolved
            self.placement = placement
            var leftOut = LeftOut.of(draft.request.input, tools, placement.engine.dialect)
            if resolved.hasClosedReasoning { leftOut.append(LeftOut(.item, "sealed_reasoning")) }
            self.leftOut = leftOut
            isWarmup = draft.request.generate == false
            isBackground = draft.request.background == true
            addition = isWarmup ? nil : draft.conversation.flatMap { resolved.addition(of: $0) }
            compacts = draft.compacts
            self.draft = kept != nil || draft.request.truncation == "auto" || draft.request.compactThreshold != nil ? draft : nil
            self.kept = kept ?? []
            heldBytes = max(resolved.heldBytes, 2 * draft.bytes)
        }

        /// Whether the engine may be shown less of the conversation when it finds it too long.
        var mayBeCut: Bool {
            guard let draft, draft.request.truncation == "auto", !isWarmup else { return false }
            return draft.round.cuts < Round.cutsMax && (draft.round.cuts == 0 || resolved.canBeCut)
        }
    }

    /// How a turn ends.
    enum Ending: Hashable {
        /// The engine's function returned, or threw.
        case generated(Result<GenerationResult, EngineError>)
        /// The engine is warm, or could not be warmed.
        case prefilled(Result<PrefillResult, EngineError>)
        /// The engine counted the input, or could not.
        case counted(Result<TokenCount, EngineError>)
        /// What was asked for cannot be done.
        case refused(APIError)
        /// The store failed when it was asked for the parent.
        case unreadable(StoreError)
        /// The response is at a limit.
        case limited(ResponseLimit)
        /// The text came to a stop string.
        case stopped(String)
        /// The client cancelled.
        case cancelled
        /// There is no more time: the connection's lifetime, or the server's shutdown.
        case timeOver(APIError)
        /// There is no more memory, and this turn holds the most.
        case memoryOver(APIError)
    }

    /// What an end leads to.
    enum Settlement: Sendable {
        /// Extend the chain beside the loop; answer with `worked`. The last event is held until then.
        case work(LargeWork)
        /// Store the response, with its node if it can be continued, and what it adds to a conversation, whose place it gives back
        /// however that goes; answer with `stored`. The last event is held until then.
        case store(ResponseRecord, ChainNode?, ConversationAddition?)
        /// The engine is to be asked again.
        case again(Effect)
        /// The last event is written.
        case over(Remains)
    }

    /// What an ended turn leaves to its connection.
    struct Remains: Sendable {
        var end: EndedTurn
        var chain: ChainChange
        /// What is still to be stored, when there is no time to wait for that.
        var unstored: ResponseRecord?
    }

    enum ChainChange: Sendable {
        /// This turn extends the chain; the node is for the connection to remember.
        case extend(ChainNode)
        /// This turn extends the chain, which is in the store.
        case stored
        /// This turn extends a chain that its client sends whole.
        case remember(ChainNode)
        /// The turn failed: what it continued on its own lane is forgotten (websocket-mode 7.3).
        case evictParent
        /// As if the turn had not been.
        case unchanged
    }

    let id: TurnID
    let streamID: StreamID?
    let purpose: TurnPurpose
    /// What memory held of the parent when the turn was accepted, started or read.
    var parent: ConnectionMemory.Entry?
    /// Bytes of the message that it came in.
    private let bytes: Int
    private(set) var state: State
    /// A response that has begun and whose engine is to be asked again: while it is placed and resolved anew.
    private var begun: Generation?
    /// The turn's tools, counted for as long as it has them.
    var tools: KeptTools?
    /// Where the turn was placed, until its engine is asked for something.
    private var unusedPlacement: Placement?
    /// Its place in a conversation, from when it is asked for until it is given back.
    private var place: ConversationPlace?
    /// Whether it was given it.
    private var hasJoined = false
    /// Why the store did not note down that the response runs.
    private var announceError: StoreError?
    private let startedAt: Duration
    /// When the client last heard of it.
    private(set) var lastEvent: Duration

    /// - Parameter parent: the parent when the connection remembers it.
    init(_ queued: consuming QueuedTurn, parent: ConnectionMemory.Entry?, at now: Moment) {
        id = queued.id
        streamID = queued.streamID
        purpose = queued.purpose
        bytes = queued.bytes
        self.parent = parent
        state = .ready(queued.asked)
        startedAt = now.uptime
        lastEvent = now.uptime
    }

    private var generation: Generation? {
        switch state {
        case .generating(let generation), .ending(let generation, _): generation
        case .extending(let settling), .settling(let settling): settling.generation
        case .announcing(let generation, _): generation
        case .placing, .completing, .resolving: begun
        case .ready, .reading, .joining, .fetching, .abandoned, .over, .changing: nil
        }
    }

    /// The response, from its first event to its last.
    var responseID: ResponseID? { generation?.writer.id }
    /// Whether clients wait for an event of it.
    var isSpeaking: Bool {
        switch state {
        case .ending, .announcing: false
        default: generation != nil
        }
    }
    /// Whether the store has the response, or is about to.
    var isSettling: Bool { if case .settling = state { true } else { false } }
    var isOver: Bool { if case .over = state { true } else { false } }
    /// What the request takes in memory, from its message to its prompt.
    var requestBytes: Int {
        switch state {
        case .ready, .joining, .fetching, .placing, .completing: bytes * Self.readFactor
        // What is made, beside what it is made of.
        case .reading, .resolving: bytes * (Self.readFactor + 1)
        case .generating(let generation), .ending(let generation, _), .announcing(let generation, _): generation.plan.heldBytes
        case .extending(let settling), .settling(let settling): settling.generation.plan.heldBytes
        case .abandoned, .over, .changing: 0
        }
    }

    /// An item that was read is there twice: as it came, and its parts.
    private static var readFactor: Int { 2 }

    /// What the response takes in memory as it grows.
    var answerBytes: Int {
        guard let writer = generation?.writer else { return 0 }
        // The item and the last events have all of what was made, each; none but the very last has the settings.
        return if case .ending = state { writer.heldBytes + 4 * writer.endBytes } else { writer.heldBytes }
    }

    /// What work beside the loop holds for it now; it is in the other figures.
    var workBytes: Int {
        switch state {
        case .reading, .resolving: requestBytes
        case .ending: requestBytes + answerBytes
        case .extending(let settling): settling.generation.plan.heldBytes + settling.generation.writer.heldBytes
        case .ready, .joining, .fetching, .placing, .completing, .announcing, .abandoned, .generating, .settling, .over, .changing: 0
        }
    }

    /// What the engine is to work on.
    var plan: Plan? { if case .generating(let generation) = state { generation.plan } else { nil } }

    /// Under which its events are kept for those who read them later; nil for what is not stored.
    var keptID: TurnID? { generation?.plan.isStored == true ? id : nil }

    /// Takes out where the turn was placed, if no engine was asked for anything: it ended, or will.
    mutating func takeUnusedPlacement() -> Placement? { unusedPlacement.take() }

    /// The conversation in which it has a place, or waits for one.
    var conversation: ConversationID? { place?.conversation }

    /// The place that it waits for.
    var awaitedPlace: ConversationPlace? { hasJoined ? nil : place }

    /// Takes out its place in a conversation, if it was given one: it ended, or will.
    mutating func takePlace() -> ConversationPlace? {
        defer { place = nil }
        return hasJoined ? place : nil
    }

    // MARK: The beginning

    /// Begins, or has the store look for the parent that the connection does not remember.
    mutating func start(_ configuration: Connection.Configuration) -> Effect? {
        guard case .ready(let asked) = state else { return nil }
        switch asked {
        case .read(let request): return read(request, configuration)
        case .unread(let message, let tools):
            let work = LargeWork(kind: .read(message, tools))
            if message.count >= configuration.limits.largeBytesMin {
                state = .reading
                return .work(work)
            }
            return read(Result { () throws(APIError) in try tools.request(parsing: message) }, configuration)
        }
    }

    private mutating func read(
        _ request: Result<CreateRequest, APIError>, _ configuration: Connection.Configuration
    ) -> Effect {
        switch request {
        case .failure(let error): return .end(.refused(error))
        case .success(let request):
            if purpose == .compaction, request.model == nil { return .end(.refused(.missing("model"))) }
            if request.conversation != nil { return join(request, configuration) }
            if let wanted = request.previousResponseID, parent == nil {
                state = .fetching(request)
                return .fetch(wanted)
            }
            // Clients that replay a stored loop refer to its items and name no parent.
            if parent == nil, let source = request.referencedResponse {
                state = .fetching(request)
                return .fetch(source)
            }
            return draft(request, after: parent?.node, configuration)
        }
    }

    /// The request's tools, from when it is read until the engine works on it.
    var askedTools: AskedTools? {
        switch state {
        case .joining(let request), .fetching(let request): AskedTools(of: request)
        case .placing(let draft), .completing(let draft, _): AskedTools(of: draft.request)
        default: nil
        }
    }

    /// Asks for a place in the conversation.
    private mutating func join(_ request: CreateRequest, _ configuration: Connection.Configuration) -> Effect {
        do throws(APIError) {
            guard let id = try request.conversationID() else { return draft(request, after: nil, configuration) }
            // Before others have to wait for it.
            if purpose != .count { try request.check(configuration.transport, mayStore: configuration.mayStore) }
            // Who counts only looks.
            let place = ConversationPlace(conversation: id, turn: purpose == .count ? nil : configuration.makeResponseID())
            self.place = place
            state = .joining(request)
            return .join(place)
        } catch {
            return .end(.refused(error))
        }
    }

    /// The store gave the turn its place in a conversation, or did not.
    mutating func joined(
        _ answer: Result<ConversationAnswer<JoinedConversation>, StoreError>, _ configuration: Connection.Configuration
    ) -> Effect? {
        if case .success(.done) = answer { hasJoined = place?.turn != nil }
        guard case .joining(let request) = state else {
            if case .abandoned = state { return .end(.cancelled) }
            return nil
        }
        switch answer {
        case .failure(let error): return .end(.unreadable(error))
        case .success(.missing): return .end(.refused(.conversationNotFound(place?.conversation)))
        case .success(.busy): return .end(.refused(.conversationBusy))
        case .success(.done(let joined)): return draft(request, after: joined.head, in: joined, configuration)
        }
    }

    /// What was to be done beside the loop is done, but for `extended`.
    mutating func worked(
        _ outcome: LargeWork.Outcome, _ configuration: Connection.Configuration, at now: Moment, into events: inout EventBuffer
    ) -> Effect? {
        switch (state, outcome.kind) {
        case (.abandoned, _): return .end(.cancelled)
        case (.reading, .read(let request)): return read(request, configuration)
        case (.resolving(let placement, let isWhole), .resolved(let outcome, let written)):
            if case .generation(let generation) = outcome { events.turn = generation.plan.isStored ? id : nil }
            events.append(written)
            return begin(outcome, at: placement, isWhole: isWhole, owner: configuration.owner, at: now)
        default: return nil
        }
    }

    /// The store returned what was asked for, nil when its owner has no such response, or failed.
    mutating func fetched(
        _ answer: Result<ChainNode?, StoreError>, _ configuration: Connection.Configuration, at now: Moment,
        into events: inout EventBuffer
    ) -> Effect? {
        let request: CreateRequest
        switch state {
        case .fetching(let waiting): request = waiting
        case .completing(let draft, _): request = draft.request
        case .abandoned: return .end(.cancelled)
        case .ready, .reading, .joining, .placing, .resolving, .announcing, .generating, .ending, .extending, .settling, .over,
            .changing:
            return nil
        }
        switch answer {
        case .failure(let error): return .end(.unreadable(error))
        case .success(nil):
            if case .completing(let draft, _) = state, let head = draft.parent { return .end(.refused(.previousResponseNotFound(head.id))) }
            // Without what its items refer to it is refused, by their names.
            guard let wanted = request.previousResponseID else { return draft(request, after: nil, configuration) }
            return .end(.refused(.previousResponseNotFound(wanted)))
        case .success(let node?):
            if case .fetching = state, request.previousResponseID == nil {
                return draft(request, after: nil, referringTo: node, configuration)
            }
            guard case .completing(let draft, let placement) = state else { return draft(request, after: node, configuration) }
            return resolve(draft, at: placement, whole: node, configuration, at: now, into: &events)
        }
    }

    /// Looks at the request by itself, then asks for an engine.
    private mutating func draft(
        _ original: CreateRequest, after parent: ChainNode?, referringTo source: ChainNode? = nil, in joined: JoinedConversation? = nil,
        _ configuration: Connection.Configuration
    ) -> Effect {
        var request = original
        if purpose == .count { request.becomeCount() }
        // Storing this response would store what it follows along with it, which must not leave the connection.
        if parent?.isStored == false || !configuration.mayStore { request.store = false }
        // Who counts adds nothing there.
        if purpose == .count { request.conversation = nil }
        var compacts = false
        do throws(APIError) {
            compacts = try request.takeCompactionTrigger()
            try request.check(configuration.transport, mayStore: configuration.mayStore)
            if compacts, joined != nil { throw .compactsConversation }
            if compacts, request.background == true { throw .compactsInBackground }
        } catch {
            return .end(.refused(error))
        }
        if parent == nil, request.tools.isEmpty, !request.input.contains(where: \.bringsTools), let thread = request.promptCacheKey,
            let tools = configuration.tools.tools(of: configuration.owner, thread: thread),
            CodexTurnMetadata(request)?.kind == "compaction"
        {
            // With them the prompt begins as that of the thread did, which the engine has in its cache (codex 5).
            request.tools = tools
            request.toolChoice = .none
        }
        let own = compacts ? request.input : original.input
        let input = joined.map { $0.items + own } ?? own
        if let joined, !joined.items.isEmpty { request.input = input }
        if purpose == .compaction { request.askForSummary() } else if compacts { request.becomeCompaction() }
        guard let model = request.model ?? configuration.onlyModel() else { return .end(.refused(.missing("model"))) }
        let draft = Draft(
            request, model: model, input: input, parent: parent, source: source, bytes: bytes + (joined?.bytes ?? 0), compacts: compacts,
            conversation: place.map { ConversationInput(place: $0, own: own, countBefore: joined?.items.count ?? 0) })
        state = .placing(draft)
        return .place(placement(of: draft, affinity: parent?.engine, configuration))
    }

    private func placement(of draft: Draft, affinity: EngineID?, _ configuration: Connection.Configuration) -> PlacementRequest {
        PlacementRequest(
            model: draft.model, owner: configuration.owner, affinity: affinity, bytes: (draft.parent?.chainBytes ?? 0) + draft.bytes)
    }

    /// The directory chose an engine, or none takes the turn.
    mutating func placed(
        _ answer: Result<Placement, EngineError>, _ configuration: Connection.Configuration, at now: Moment,
        into events: inout EventBuffer
    ) -> Effect? {
        if case .success(let placement) = answer { unusedPlacement = placement }
        switch (state, answer) {
        case (.placing(let draft), .success(let placement)):
            return resolve(draft, at: placement, whole: nil, configuration, at: now, into: &events)
        case (.placing, .failure(let error)): return .end(.refused(error.apiError))
        case (.abandoned, _): return .end(.cancelled)
        case (.ready, _), (.reading, _), (.joining, _), (.fetching, _), (.completing, _), (.resolving, _), (.announcing, _),
            (.generating, _), (.ending, _), (.extending, _), (.settling, _), (.over, _), (.changing, _):
            return nil
        }
    }

    /// Works out what the engine is to work on: here, or beside the loop when that takes long.
    private mutating func resolve(
        _ draft: Draft, at placement: Placement, whole: ChainNode?, _ configuration: Connection.Configuration, at now: Moment,
        into events: inout EventBuffer
    ) -> Effect {
        let resolution = Resolution(
            draft: draft, placement: placement, turn: QueuedTurn.Place(streamID: streamID, purpose: purpose),
            configuration: configuration, now: now, whole: whole)
        if resolution.isLarge {
            // The request is not held here, so that it is freed where it was worked on.
            state = .resolving(placement, isWhole: whole != nil)
            return .work(LargeWork(kind: .resolve(resolution)))
        }
        events.turn = draft.request.store == false ? nil : id
        return begin(
            resolution.outcome(into: &events), at: placement, isWhole: whole != nil, owner: configuration.owner, at: now)
    }

    private mutating func begin(
        _ outcome: Resolution.Outcome, at placement: Placement, isWhole: Bool, owner: Owner, at now: Moment
    ) -> Effect {
        switch outcome {
        case .generation(var generation):
            if let begun = begun.take() {
                generation.writer = begun.writer
            } else if generation.plan.isBackground, let record = generation.plan.runningRecord(of: generation.writer, owner: owner) {
                state = .announcing(generation, nil)
                return .announce(record)
            }
            return work(on: generation, at: now)
        case .refused(let reason): return .end(.refused(reason))
        case .needsWholeChain(let draft):
            guard !isWhole, let parent = draft.parent else {
                return .end(.refused(.previousResponseNotFound(draft.request.previousResponseID ?? "")))
            }
            state = .completing(draft, placement)
            return .fetch(parent.oldest.id, whole: true)
        }
    }

    private mutating func work(on generation: Generation, at now: Moment) -> Effect {
        let isPrefill = generation.plan.isWarmup && purpose == .response
        state = .generating(generation)
        unusedPlacement = nil
        lastEvent = now.uptime
        return purpose == .count ? .count : isPrefill ? .prefill : .generate
    }

    /// The store has noted down that the response runs, or could not.
    mutating func announced(_ error: StoreError?, at now: Moment, into events: inout EventBuffer) -> Effect? {
        guard case .announcing(var generation, let ending) = state else { return nil }
        events.turn = keptID
        if ending != nil || error != nil {
            state = .generating(generation)
            if let error { announceError = error }
            return .end(ending ?? .refused(error == .full ? .storeFull : .storeFailed))
        }
        generation.writer.leaveQueue(into: &events)
        return work(on: generation, at: now)
    }

    // MARK: While the engine works

    /// The engine made something. The hot path: appends events, nothing else.
    ///
    /// - Returns: why the turn is to end with it; nil when it goes on.
    mutating func generated(_ batch: GenerationBatch, at now: Moment, into events: inout EventBuffer) -> EarlyEnd? {
        guard case .generating(var generation) = state else { return nil }
        // Taken out and put back, so that the writer's arrays have one holder and are not copied.
        state = .changing
        events.turn = generation.plan.isStored ? id : nil
        let before = events.marks.count
        generation.writer.receive(batch, into: &events)
        let end = generation.writer.earlyEnd
        state = .generating(generation)
        // What is only noted (counts, pieces held back) leaves the client in silence.
        if events.marks.count > before { lastEvent = now.uptime }
        return end
    }

    /// When the engine must be done; nil while none works.
    func deadline(_ limits: Limits) -> Duration? {
        if case .generating = state { startedAt + limits.responseDurationMax } else { nil }
    }

    /// Writes a sign of life when the client has heard nothing for so long.
    mutating func beat(after silence: Duration, at now: Moment, into events: inout EventBuffer) {
        guard now.uptime >= lastEvent + silence, isSpeaking else { return }
        events.turn = keptID
        withWriter { $0.heartbeat(into: &events) }
        lastEvent = now.uptime
    }

    /// A number of its response's count for an event that is not its own; nil when it says nothing.
    mutating func takeNumber() -> Int? { isSpeaking ? withWriter { $0.takeNumber() } : nil }

    /// Changes the writer in its place. Only while the turn speaks.
    private mutating func withWriter<Value>(_ change: (inout any TurnWriter) -> Value) -> Value {
        switch state {
        case .generating(var generation):
            state = .changing
            defer { state = .generating(generation) }
            return change(&generation.writer)
        case .settling(var settling):
            state = .changing
            defer { state = .settling(settling) }
            return change(&settling.generation.writer)
        case .extending(var settling):
            state = .changing
            defer { state = .extending(settling) }
            return change(&settling.generation.writer)
        case .placing, .completing, .resolving:
            guard var generation = begun.take() else { preconditionFailure("a turn that has not begun has no writer") }
            defer { begun = generation }
            return change(&generation.writer)
        case .ready, .reading, .joining, .fetching, .announcing, .abandoned, .ending, .over, .changing:
            preconditionFailure("a turn that says nothing has no writer")
        }
    }

    /// The client cancelled while the turn waits for an answer: nothing can be said before that.
    ///
    /// - Returns: whether that is so; otherwise `end` the turn.
    mutating func abandoned() -> Bool {
        switch state {
        case .placing, .completing, .resolving:
            if begun != nil { return false }
            state = .abandoned
        case .reading, .joining, .fetching: state = .abandoned
        case .abandoned: break
        case .ready, .announcing, .generating, .ending, .extending, .settling, .over, .changing: return false
        }
        return true
    }

    // MARK: The end

    /// The one way to end: writes what is left to say but for the last event, which is held when the response is to be stored.
    /// Nil when there is nothing to end.
    mutating func end(
        _ ending: Ending, _ configuration: Connection.Configuration, at now: Moment, into events: inout EventBuffer
    ) -> Settlement? {
        events.turn = keptID
        switch state {
        case .over, .changing: return nil
        case .announcing(let generation, let before):
            // Two saves of one record at a time would end in either order; but at the end of time nothing is waited for.
            guard case .timeOver = ending else {
                state = .announcing(generation, before ?? ending)
                return nil
            }
            state = .generating(generation)
            return end(ending, configuration, at: now, into: &events)
        case .ready, .reading, .joining, .fetching, .placing, .completing, .resolving, .abandoned:
            if var generation = begun.take() {
                state = .changing
                let end = WrittenEnd(&generation, ending, at: now.unixSeconds, into: &events)
                return conclude(&generation, end, configuration, at: now, into: &events)
            }
            guard let remains = refusal(ending, configuration.transport, into: &events) else { return nil }
            state = .over
            return .over(remains)
        case .generating(var generation):
            if let draft = generation.nextRound(after: ending, into: &events) {
                begun = generation
                state = .placing(draft)
                return .again(.place(placement(of: draft, affinity: generation.plan.placement.id, configuration)))
            }
            // What gives way ends short, which takes no time; and at the end of time nothing is waited for.
            if generation.writer.endBytes >= configuration.limits.largeBytesMin, !ending.isAtOnce {
                state = .ending(generation, ending)
                return .work(LargeWork(kind: .end(generation, ending, now)))
            }
            state = .changing
            let end = WrittenEnd(&generation, ending, at: now.unixSeconds, into: &events)
            return conclude(&generation, end, configuration, at: now, into: &events)
        case .ending(var generation, let begun):
            let last: Ending
            switch ending {
            case .memoryOver: last = ending
            // What went wrong before is what went wrong.
            case .timeOver: last = begun.isSuccess ? ending : begun
            // It has ended, and only its last words are not written.
            case .generated, .prefilled, .counted, .refused, .unreadable, .cancelled, .limited, .stopped: return nil
            }
            state = .changing
            let end = WrittenEnd(&generation, last, at: now.unixSeconds, into: &events)
            return conclude(&generation, end, configuration, at: now, into: &events)
        case .extending(var settling), .settling(var settling):
            // The store does not answer in time. Whatever else comes is too late: the response is whole.
            guard case .timeOver(let error) = ending else { return nil }
            state = .changing
            let written = settling.generation.writer.failing(error)
            return .over(finish(&settling.generation, written, .evictParent, configuration, at: now, into: &events))
        }
    }

    /// Nothing was said of a response: an `error` event where the transport has one, and no more.
    private func refusal(
        _ ending: Ending, _ transport: Connection.Transport, into events: inout EventBuffer
    ) -> Remains? {
        let error: APIError
        var chain = ChainChange.evictParent
        var storeError: StoreError?
        switch ending {
        case .refused(let reason): error = reason
        case .timeOver(let reason): error = reason
        case .memoryOver(let reason):
            error = reason
            // Nothing is wrong with it, and the client may try again.
            chain = .unchanged
        case .unreadable(let reason):
            error = .storeUnreadable
            storeError = reason
            chain = .unchanged
        case .cancelled:
            error = .cancelledBeforeBeginning
            chain = .unchanged
        // No engine works on it yet.
        case .generated, .prefilled, .counted, .limited, .stopped: return nil
        }
        if transport.sendsRefusals { events.errorFrame(error, streamID: streamID) }
        var end = EndedTurn(turn: id, streamID: streamID, error: error)
        end.storeError = storeError
        return Remains(end: end, chain: chain)
    }

    /// The end of a large response was written beside the loop. Nil when the turn is over by now.
    mutating func ended(
        _ generation: consuming Generation, _ end: WrittenEnd, _ written: EventBuffer,
        _ configuration: Connection.Configuration, at now: Moment, into events: inout EventBuffer
    ) -> Settlement? {
        guard case .ending = state else { return nil }
        state = .changing
        events.turn = generation.plan.isStored ? id : nil
        events.append(written)
        return conclude(&generation, end, configuration, at: now, into: &events)
    }

    /// - Parameter generation: held by nobody else, so that its writer is changed without a copy.
    private mutating func conclude(
        _ generation: inout Generation, _ written: WrittenEnd, _ configuration: Connection.Configuration, at now: Moment,
        into events: inout EventBuffer
    ) -> Settlement {
        let response = written.response
        var chain = ChainChange.unchanged
        if response.error != nil {
            chain = .evictParent
        } else if !written.isCancelled, purpose == .response, !generation.plan.compacts,
            generation.plan.isStored || configuration.transport.isLasting || configuration.remembers
        {
            // Nobody can continue from what is neither remembered nor stored.
            let added = ChainExtension(
                plan: generation.plan, id: generation.writer.id, output: response.output, trace: written.trace, usage: response.usage,
                account: configuration.account(isStored: generation.plan.isStored), rendersLater: configuration.remembers)
            if added.bytes >= configuration.limits.largeBytesMin {
                state = .extending(Settling(generation: generation, written: response))
                return .work(LargeWork(kind: .extend(added)))
            }
            return extend(&generation, response, by: added.node(), configuration, at: now, into: &events)
        }
        // What runs in the background is stored however it ends; nobody would hear of it otherwise.
        if generation.plan.isBackground, let record = generation.plan.endedRecord(
            of: generation.writer, owner: configuration.owner, output: response.output) {
            if written.isAtEndOfTime {
                // Its last event leaves now or never.
                var remains = finish(&generation, response, chain, configuration, at: now, into: &events)
                remains.unstored = record
                return .over(remains)
            }
            state = .settling(Settling(generation: generation, written: response, engineError: written.engineError))
            // Before its last event, so that whoever saw that can go on there.
            return .store(record, nil, takePlace().map { ConversationAddition(leaving: $0) })
        }
        var remains = finish(&generation, response, chain, configuration, at: now, into: &events)
        remains.end.engineError = written.engineError
        remains.end.isEstimate = written.isEstimate
        return .over(remains)
    }

    /// The response is in its chain: it is stored, or its last event is written.
    private mutating func extend(
        _ generation: inout Generation, _ written: AssembledResponse, by node: ChainNode,
        _ configuration: Connection.Configuration, at now: Moment, into events: inout EventBuffer
    ) -> Settlement {
        if generation.plan.isStored, let object = generation.writer.storedObject() {
            let record = generation.plan.record(of: node, owner: configuration.owner, object: object)
            state = .settling(Settling(generation: generation, written: written))
            let leaving = takePlace().map { ConversationAddition(leaving: $0) }
            return .store(record, node, generation.plan.addition ?? leaving)
        }
        let chain: ChainChange = configuration.transport.isLasting ? .extend(node) : configuration.remembers ? .remember(node) : .unchanged
        return .over(finish(&generation, written, chain, configuration, at: now, into: &events))
    }

    /// The chain was extended beside the loop. Nil when the turn is over by now.
    mutating func extended(
        _ node: ChainNode, _ configuration: Connection.Configuration, at now: Moment, into events: inout EventBuffer
    ) -> Settlement? {
        guard case .extending(var settling) = state else { return nil }
        state = .changing
        events.turn = keptID
        return extend(&settling.generation, settling.written, by: node, configuration, at: now, into: &events)
    }

    /// The store has the response, or could not take it: writes the last event. Nil when that is written.
    mutating func stored(
        _ error: StoreError?, _ configuration: Connection.Configuration, at now: Moment, into events: inout EventBuffer
    ) -> Remains? {
        guard case .settling(var settling) = state else { return nil }
        events.turn = keptID
        state = .changing
        // What failed before it was stored says that.
        guard let error, settling.written.error == nil else {
            var remains = finish(
                &settling.generation, settling.written, settling.written.error == nil ? .stored : .evictParent, configuration, at: now,
                into: &events)
            remains.end.engineError = settling.engineError
            remains.end.storeError = error ?? announceError
            remains.end.isStored = error == nil
            return remains
        }
        // A response that says it is stored, and is not, would lose its client's chain later and without a word.
        let written = settling.generation.writer.failing(error == .full ? .storeFull : .storeFailed)
        var remains = finish(&settling.generation, written, .evictParent, configuration, at: now, into: &events)
        remains.end.storeError = error
        return remains
    }

    /// Writes the last event.
    private mutating func finish(
        _ generation: inout Generation, _ written: AssembledResponse, _ chain: ChainChange,
        _ configuration: Connection.Configuration, at now: Moment, into events: inout EventBuffer
    ) -> Remains {
        let object = generation.writer.writeLast(into: &events)
        state = .over
        lastEvent = now.uptime
        var end = EndedTurn(turn: id, streamID: streamID, error: written.error)
        end.outcome = outcome(of: generation, written.status, at: now)
        end.outcome?.usage = written.usage
        end.outcome?.outputBytes = written.output.reduce(0) { $0 + $1.bytes.count }
        end.outcome?.limit = written.limit
        end.outcome?.object = object
        // Its last holder would otherwise free it here, which takes milliseconds.
        if generation.writer.heldBytes >= configuration.limits.largeBytesMin { configuration.account.dispose(of: generation) }
        return Remains(end: end, chain: chain)
    }

    /// Of a response whose client is gone, a node with the items that were whole by then; nil when there are none.
    func nodeOfWholeItems(_ configuration: Connection.Configuration) -> ChainNode? {
        guard case .generating(var generation) = state, purpose == .response else { return nil }
        var unread = EventBuffer()
        let output = generation.writer.cancel(into: &unread).output.filter { $0["status"]?.stringValue != "incomplete" }
        // Thoughts alone come back from nobody.
        guard output.contains(where: { $0["type"]?.stringValue != "reasoning" }) else { return nil }
        return ChainExtension(
            plan: generation.plan, id: generation.writer.id, output: output, trace: nil, usage: nil,
            account: configuration.account(isStored: false), rendersLater: true
        ).node()
    }

    /// The client is gone, and nothing more is written: what is left to say of the turn to the operator. Nil for a turn that
    /// did not generate.
    mutating func abandon(at now: Moment) -> EndedTurn? {
        guard let generation else { return nil }
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
}

extension Turn.Plan {
    fileprivate func record(of node: ChainNode, owner: Owner, object: RawJSON) -> ResponseRecord {
        resolved.record(
            node.id, owner: owner, createdAt: createdAt, object: object, tools: tools, output: node.output, openCalls: node.openCalls)
    }

    /// Of a response in the background that has begun.
    fileprivate func runningRecord(of writer: any TurnWriter, owner: Owner) -> ResponseRecord? {
        var record = endedRecord(of: writer, owner: owner, output: [])
        record?.isRunning = true
        return record
    }

    /// Of a response that ended without being whole.
    fileprivate func endedRecord(of writer: any TurnWriter, owner: Owner, output: [RawJSON]) -> ResponseRecord? {
        guard let object = writer.storedObject() else { return nil }
        return resolved.record(writer.id, owner: owner, createdAt: createdAt, object: object, tools: tools, output: output)
    }
}

extension Turn.Ending {
    fileprivate var isAtOnce: Bool {
        switch self {
        case .memoryOver, .timeOver: true
        case .generated, .prefilled, .counted, .refused, .unreadable, .limited, .stopped, .cancelled: false
        }
    }
    fileprivate var isSuccess: Bool {
        switch self {
        case .generated(.success), .prefilled(.success), .counted(.success), .limited, .stopped: true
        default: false
        }
    }
}
