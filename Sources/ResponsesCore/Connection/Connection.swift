import ResponsesAPI
import ResponsesEngine
import ResponsesStore

/// One client's connection: whose turn it is, what it remembers, how long it lives. Without a socket, clock or task.
///
/// Told what happened, it writes events into `output` and leaves effects in `effects`; the driver sends the first, then
/// performs the second, in order. How a turn runs is `Turn`'s. An HTTP request is a connection with a single turn (websocket-mode
/// 4 to 13).
public struct Connection: Sendable {
    /// What the driver must do, after the events in `output` went out.
    public enum Effect: Sendable {
        /// Do this work beside the loop, as it takes long; answer with `worked`.
        case work(TurnID, LargeWork)
        /// Look for a stored response of this connection's owner, when `whole` with everything before it; answer with `fetched`.
        case fetch(TurnID, ResponseID, whole: Bool)
        /// Have the store give a turn its place in a conversation; answer with `joined`.
        case join(TurnID, ConversationPlace)
        /// Give a place back, of a turn that adds nothing; answer with `left`.
        case leave(TurnID, ConversationPlace)
        /// Note down that a response runs in the background; answer with `announced`.
        case announce(TurnID, ResponseRecord)
        /// Choose an engine for a turn; answer with `placed`.
        case place(TurnID, PlacementRequest)
        /// Say to the directory that a placement will not be used.
        case release(Placement)
        /// Run the engine; answer with `generated` as it works and `ended` once.
        case generate(TurnID, any EngineWork, Placement)
        /// Warm the engine up; answer with `prefilled` once.
        case prefill(TurnID, any EngineWork, Placement)
        /// Have the engine count the input's tokens; answer with `counted` once.
        case count(TurnID, any EngineWork, Placement)
        /// Keep a response, and its node for the turns that continue it, and put what it adds into its conversation, giving back its
        /// place there however that goes; answer with `stored`. The turn's last event waits for that, as whoever reads it may ask for
        /// the response at once, on any connection.
        case store(TurnID, ResponseRecord, ChainNode?, ConversationAddition?)
        /// Remember a response for the request that brings its conversation back (`PrefixMemory`).
        case remember(ChainNode)
        /// Stop what is done for a turn. Work of an engine or of the store that keeps a response needs no answer then; a fetch
        /// or a placement does.
        case stop(TurnID)
        /// Say to the operator what the engine does not see of a turn; once a type and connection.
        case report(TurnID, LeftOut)
        /// Close the transport; nothing more comes.
        case close(CloseReason)
    }

    /// Why the connection closes: the WebSocket says 1001 (websocket-mode 13.3), and 1013 when memory is over.
    public enum CloseReason: Sendable, Hashable { case lifetimeOver, shutdown, memoryOver }

    private enum Phase: Sendable, Hashable {
        /// Takes turns. Next: `expiring`, `stopping`, `closed`.
        case open
        /// The lifetime is over; accepted turns go on until the moment given. Next: `stopping`, `closed`.
        case expiring(until: Duration)
        /// The server stops; running turns go on until the moment given. Next: `closed`.
        case stopping(until: Duration)
        /// Nothing is taken or said any more. Final.
        case closed
    }

    /// Events to send, and the turns that end with them, in order. The driver empties it after each step.
    public var output = EventBuffer()
    /// What to do, in order. The driver empties it after each step.
    public var effects: [Effect] = []

    private let setup: Setup
    private var phase: Phase = .open
    private let opened: Duration
    private var lanes: [StreamID?: Lane] = [:]
    /// Lanes with a turn that could start, in the order in which they became so.
    private var readyLanes: [StreamID?] = []
    /// Turns that have begun, up to the moment when the transport took their last event.
    private var running = RunningTurns()
    private var conversations = ConversationQueues()
    private var memory = ConnectionMemory()
    private var waitingCount = 0
    private var waitingBytes = 0
    private var lastTools: KeptTools?
    /// What large work holds that is under way, in bytes, by its turn: also of turns that are over and no longer count it.
    private var works: [TurnID: Int] = [:]
    private var nextTurn = 0
    private var reported: Set<LeftOut> = []

    /// The configuration where every turn can read it without a copy: it is half a kilobyte.
    private final class Setup: Sendable {
        let configuration: Configuration
        init(_ configuration: Configuration) { self.configuration = configuration }
    }

    public init(_ configuration: Configuration, at now: Moment) {
        setup = Setup(configuration)
        opened = now.uptime
    }

    private var limits: Limits { setup.configuration.limits }
    private var transport: Transport { setup.configuration.transport }

    /// Turns that run or wait.
    public var turnCount: Int { running.count + waitingCount }
    public var isClosed: Bool { phase == .closed }
    /// Whether a turn has begun and is not over.
    public func isRunning(_ id: TurnID) -> Bool { running.index(of: id).map { !running[$0].isOver } ?? false }

    // MARK: What clients say

    /// Where the tools of the next message are looked for.
    public var knownTools: KnownTools {
        KnownTools(last: lastTools, on: setup.configuration.tools, of: setup.configuration.owner)
    }

    /// One whole message, known to be UTF-8 when it came by WebSocket. From `Limits.largeBytesMin` on, have it read beside the loop.
    public mutating func received(_ message: [UInt8], at now: Moment) {
        guard phase != .closed else { return }
        received(ClientMessage(reading: message, tools: knownTools), at: now)
    }

    /// One whole message that was read.
    public mutating func received(_ message: ClientMessage, at now: Moment) {
        guard phase != .closed else { return }
        let bytes = message.bytes.count
        switch message.content {
        case .failure(let error): output.errorFrame(error, streamID: nil)
        case .success(.create(let streamID, let parent, let asked)):
            receivedCreate(asked, message: message.bytes, streamID: streamID, parent: parent, bytes: bytes, at: now)
        case .success(.other(let head)):
            switch head.event {
            case .create, .processed: break  // "Answer nothing" (websocket-mode 4.5).
            case .cancel(let responseID, let streamID): receivedCancel(responseID, streamID: streamID, at: now)
            case .steer(let previous, let input): receivedSteer(previous, input: input)
            case .unknown(let type):
                output.errorFrame(
                    .invalidRequest(
                        .unknownEventType,
                        "Unknown event type '\(type.prefix(64))'. This server knows response.create, response.cancel, "
                            + "response.steer and response.processed.", param: "type"), streamID: nil)
            }
        }
        freeElsewhere(message, bytes: bytes)
    }

    /// One create, already read: the way in for HTTP.
    ///
    /// - Parameters:
    ///   - node: the response that the request's conversation continues, where it came whole and is known so far.
    ///   - bytes: of the body.
    public mutating func received(
        _ request: CreateRequest, for purpose: TurnPurpose = .response, continuing node: ChainNode? = nil, bytes: Int, at now: Moment
    ) {
        guard phase != .closed else { return }
        receivedCreate(
            .read(.success(request)), for: purpose, message: nil, streamID: nil, parent: request.previousResponseID, node: node,
            bytes: bytes, at: now)
        freeElsewhere(request, bytes: bytes)
    }

    /// Of a large value, lets the last reference be dropped beside the loop.
    private func freeElsewhere(_ value: some Sendable, bytes: Int) {
        if bytes >= limits.largeBytesMin { setup.configuration.account.dispose(of: value) }
    }

    private mutating func receivedCreate(
        _ asked: AskedTurn, for purpose: TurnPurpose = .response, message: [UInt8]?,
        streamID: StreamID?, parent: ResponseID?, node: ChainNode? = nil, bytes: Int, at now: Moment
    ) {
        // A turn that can start at once does not wait, whatever its size and whatever waits on other lanes.
        let startsAtOnce = running.count < limits.turnsInFlightMax && lanes[streamID]?.isIdle != false
        if let refusal = refusal(streamID: streamID, bytes: bytes, startsAtOnce: startsAtOnce) {
            // Nothing was attempted, so the parent stays (websocket-mode 7.3).
            return refuse(refusal, streamID: streamID, turn: nil)
        }
        var asked = asked
        if case .read(.success(let request)) = asked {
            keepTools(Turn.AskedTools(of: request))
            // What waits is held once, as it came.
            if !startsAtOnce, let message { asked = .unread(message, knownTools) }
        }
        let turn = QueuedTurn(
            id: TurnID(nextTurn), streamID: streamID, purpose: purpose, asked: asked, previousResponseID: parent,
            parent: node.map { ConnectionMemory.Entry(node: $0, lane: streamID) } ?? parent.flatMap { memory[$0] }, bytes: bytes)
        nextTurn += 1
        waitingCount += 1
        waitingBytes += bytes
        lanes[streamID, default: Lane()].receivedCreate(turn)
        noteReady(streamID)
        startReadyTurns(at: now)
    }

    /// Remembers the tools for the next turn, which nearly always has the same.
    private mutating func keepTools(_ asked: Turn.AskedTools) {
        let tools = asked.tools
        if lastTools?.tools === tools { return }
        guard tools !== ToolSet.empty else { return lastTools = nil }
        let configuration = setup.configuration
        lastTools = configuration.tools.keep(
            tools, of: configuration.owner, in: configuration.account.outer ?? configuration.account,
            isStored: asked.isStored && !transport.isLasting)
    }

    /// Has a turn that was read hold its tools.
    private mutating func holdTools(of id: TurnID) {
        guard let index = running.index(of: id), let asked = running[index].askedTools else { return }
        keepTools(asked)
        running[index].tools = lastTools
    }

    /// Large tools are not kept for a turn that may never come.
    private mutating func dropLargeTools() {
        guard turnCount == 0, let lastTools, lastTools.tools.json.bytes.count > limits.toolsKeptBytesMax else { return }
        self.lastTools = nil
    }

    /// Why a create is not accepted, before it touches its lane.
    private func refusal(streamID: StreamID?, bytes: Int, startsAtOnce: Bool) -> APIError? {
        switch phase {
        case .open: break
        case .expiring: return .connectionLimitReached
        case .stopping, .closed: return .shuttingDown
        }
        if let streamID, lanes[streamID] == nil, namedLaneCount >= limits.laneNamesMax {
            return .invalidRequest(
                .streamLimitReached,
                "This connection has used \(limits.laneNamesMax) lane names. Reuse one of them or open another connection.",
                param: "stream_id")
        }
        let isFull = waitingCount >= limits.turnsWaitingMax || waitingBytes + bytes > limits.bytesWaitingMax
        if isFull, !startsAtOnce {
            return APIError(
                status: 429, type: "rate_limit_error", code: .responseQueueFull,
                message: "\(waitingCount) turns wait on this connection already. Send the turn again when a response has ended.",
                retryAfterSeconds: 1)
        }
        return nil
    }

    private var namedLaneCount: Int { lanes.count - (lanes[nil] == nil ? 0 : 1) }

    /// A turn that will not be: an `error` frame, where the transport has one.
    private mutating func refuse(_ error: APIError, streamID: StreamID?, turn: TurnID?) {
        if transport.sendsRefusals { output.errorFrame(error, streamID: streamID) }
        output.turnEnded(EndedTurn(turn: turn, streamID: streamID, error: error))
    }

    /// Whatever runs ends as cancelled: somebody asks for that who has no line of this connection.
    public mutating func cancelTurns(at now: Moment) {
        for id in running.ids { cancel(id, at: now) }
    }

    private mutating func cancel(_ id: TurnID, at now: Moment) {
        guard let index = running.index(of: id) else { return }
        // Where the engine works, the client need not wait for it to notice.
        if running[index].abandoned(), !conversations.isWaiting(id) { effects.append(.stop(id)) } else { end(id, .cancelled, at: now) }
    }

    private mutating func receivedCancel(_ responseID: ResponseID?, streamID: StreamID?, at now: Moment) {
        let found = running.firstIndex { turn in
            if let responseID { return turn.responseID == responseID }
            return turn.streamID == streamID && !turn.isOver
        }
        if let found {
            return cancel(running[found].id, at: now)
        }
        // Nothing runs by that description: a waiting turn of the lane may be meant.
        guard responseID == nil, let turn = lanes[streamID]?.removeFirstWaiting() else { return }
        waitingCount -= 1
        waitingBytes -= turn.bytes
        refuse(.cancelledBeforeBeginning, streamID: streamID, turn: turn.id)
    }

    /// This server does not steer yet, and says so with an event of its own, never with `error` (websocket-mode 10).
    private mutating func receivedSteer(_ previous: ResponseID?, input: RawJSON?) {
        let steered = running.firstIndex { turn in turn.responseID != nil && turn.responseID == previous }
        let number = steered.flatMap { running[$0].takeNumber() } ?? 0
        output.turn = steered.flatMap { running[$0].keptID }
        output.steerFailed(previous, input: input, number: number, lane: LaneTag(steered.flatMap { running[$0].streamID }))
    }

    // MARK: The way of a turn

    private mutating func noteReady(_ streamID: StreamID?) {
        if lanes[streamID]?.isReady == true, !readyLanes.contains(streamID) { readyLanes.append(streamID) }
    }

    /// Starts what may start: lanes in the order they became ready, at most `turnsInFlightMax` at once.
    private mutating func startReadyTurns(at now: Moment) {
        while running.count < limits.turnsInFlightMax, !readyLanes.isEmpty {
            let streamID = readyLanes.removeFirst()
            guard let turn = lanes[streamID]?.startNext() else { continue }
            waitingCount -= 1
            waitingBytes -= turn.bytes
            start(turn, at: now)
        }
        closeIfDone(at: now)
    }

    private mutating func start(_ queued: QueuedTurn, at now: Moment) {
        // A client may name a response that still runs: then it was made while this turn waited.
        let parent = queued.parent ?? queued.previousResponseID.flatMap { memory[$0] }
        let index = running.append(Turn(queued, parent: parent, at: now))
        let setup = setup
        let effect = running[index].start(setup.configuration)
        holdTools(of: queued.id)
        perform(effect, of: queued.id, at: now)
    }

    /// The store answered: the node, nil when it knows none of this owner by that id, or why it could not look.
    public mutating func fetched(_ id: TurnID, _ answer: Result<ChainNode?, StoreError>, at now: Moment) {
        guard let index = running.index(of: id) else { return }
        let setup = setup
        let effect = running[index].fetched(answer, setup.configuration, at: now, into: &output)
        perform(effect, of: id, at: now)
        // A turn that failed at once left its lane to the next.
        startReadyTurns(at: now)
    }

    /// The store gave a turn its place in a conversation, or did not.
    public mutating func joined(
        _ id: TurnID, _ place: ConversationPlace, _ answer: Result<ConversationAnswer<JoinedConversation>, StoreError>, at now: Moment
    ) {
        guard let index = running.index(of: id), !running[index].isOver else {
            if case .success(.done) = answer { effects.append(.leave(id, place)) } else { left(id, place, at: now) }
            return
        }
        let setup = setup
        let effect = running[index].joined(answer, setup.configuration)
        perform(effect, of: id, at: now)
        if case .success(.done) = answer {} else { left(id, place, at: now) }
        startReadyTurns(at: now)
    }

    /// A place in a conversation was given back: the next of this connection's turns may ask for it.
    public mutating func left(_ id: TurnID, _ place: ConversationPlace, at now: Moment) {
        guard phase != .closed, let next = conversations.leave(place.conversation, id) else { return }
        guard let index = running.index(of: next), let place = running[index].awaitedPlace else { return }
        effects.append(.join(next, place))
    }

    /// The store noted down that a response runs, or could not.
    public mutating func announced(_ id: TurnID, _ error: StoreError?, at now: Moment) {
        guard let index = running.index(of: id) else { return }
        let effect = running[index].announced(error, at: now, into: &output)
        perform(effect, of: id, at: now)
    }

    /// The directory chose an engine, or none takes the turn.
    public mutating func placed(_ id: TurnID, _ answer: Result<Placement, EngineError>, at now: Moment) {
        guard let index = running.index(of: id), !running[index].isOver else {
            if case .success(let placement) = answer { effects.append(.release(placement)) }
            return
        }
        let setup = setup
        let effect = running[index].placed(answer, setup.configuration, at: now, into: &output)
        perform(effect, of: id, at: now)
        startReadyTurns(at: now)
    }

    private mutating func perform(_ effect: Turn.Effect?, of id: TurnID, at now: Moment) {
        let plan = running.index(of: id).flatMap { running[$0].plan }
        if let plan, !plan.leftOut.isEmpty { report(plan.leftOut, of: id) }
        switch effect {
        case nil: break
        case .work(let work): begin(work, of: id)
        case .join(let place):
            if place.turn == nil || conversations.enter(place.conversation, id) { effects.append(.join(id, place)) }
        case .announce(let record): effects.append(.announce(id, record))
        case .fetch(let wanted, let whole): effects.append(.fetch(id, wanted, whole: whole))
        case .place(let request): effects.append(.place(id, request))
        case .generate: if let plan { effects.append(.generate(id, plan.resolved.rendered.work, plan.placement)) }
        case .prefill: if let plan { effects.append(.prefill(id, plan.resolved.rendered.work, plan.placement)) }
        case .count: if let plan { effects.append(.count(id, plan.resolved.rendered.work, plan.placement)) }
        case .end(let ending): end(id, ending, at: now)
        }
    }

    private mutating func report(_ leftOut: [LeftOut], of id: TurnID) {
        for entry in leftOut where reported.count < limits.typesReportedMax && reported.insert(entry).inserted {
            effects.append(.report(id, entry))
        }
    }

    private mutating func begin(_ work: LargeWork, of id: TurnID) {
        works[id] = running.index(of: id).map { running[$0].workBytes } ?? 0
        effects.append(.work(id, work))
    }

    /// Work was not begun, as its turn was over by then.
    public mutating func dropped(_ id: TurnID) { works[id] = nil }

    /// What was to be done beside the loop is done.
    public mutating func worked(_ id: TurnID, _ outcome: LargeWork.Outcome, at now: Moment) {
        works[id] = nil
        guard let index = running.index(of: id) else { return setup.configuration.account.dispose(of: outcome) }
        let setup = setup
        var settlement: Turn.Settlement?
        switch outcome.kind {
        case .read, .resolved:
            // What was made while it was read is there now.
            if case .read(.success(let request)) = outcome.kind, running[index].parent == nil {
                running[index].parent = request.previousResponseID.flatMap { memory[$0] }
            }
            let effect = running[index].worked(outcome, setup.configuration, at: now, into: &output)
            holdTools(of: id)
            perform(effect, of: id, at: now)
            return startReadyTurns(at: now)
        case .ended(let generation, let end, let events):
            settlement = running[index].ended(generation, end, events, setup.configuration, at: now, into: &output)
        case .extended(let node):
            settlement = running[index].extended(node, setup.configuration, at: now, into: &output)
        }
        guard let settlement else { return }
        settle(id, settlement, at: now)
        closeIfDone(at: now)
    }

    /// The engine made something. The hot path: appends events, nothing else.
    public mutating func generated(_ id: TurnID, _ batch: GenerationBatch, at now: Moment) {
        guard let index = running.index(of: id) else { return }
        switch running[index].generated(batch, at: now, into: &output) {
        case .limit(let limit)?: end(id, .limited(limit), at: now)
        case .stopString(let stop)?: end(id, .stopped(stop), at: now)
        case nil: break
        }
    }

    /// The engine's function returned, or threw.
    public mutating func ended(_ id: TurnID, _ result: Result<GenerationResult, EngineError>, at now: Moment) {
        end(id, .generated(result), at: now)
    }

    /// The engine is warm, or could not be warmed.
    public mutating func prefilled(_ id: TurnID, _ result: Result<PrefillResult, EngineError>, at now: Moment) {
        end(id, .prefilled(result), at: now)
    }

    /// The engine counted the input, or could not.
    public mutating func counted(_ id: TurnID, _ result: Result<TokenCount, EngineError>, at now: Moment) {
        end(id, .counted(result), at: now)
    }

    /// Whatever ends a turn comes by here.
    private mutating func end(_ id: TurnID, _ ending: Turn.Ending, at now: Moment) {
        let setup = setup
        guard let index = running.index(of: id),
            let settlement = running[index].end(ending, setup.configuration, at: now, into: &output)
        else { return }
        switch ending {
        // What is being stored is stopped as well when there is no more time: its client hears that it failed.
        case .cancelled, .limited, .stopped, .timeOver, .memoryOver: effects.append(.stop(id))
        case .generated, .prefilled, .counted, .refused, .unreadable: break
        }
        if let placement = running[index].takeUnusedPlacement() { effects.append(.release(placement)) }
        settle(id, settlement, at: now)
    }

    /// Gives back the place of a turn that adds nothing to its conversation, or has it wait no longer.
    private mutating func leaveConversation(at index: Int, _ now: Moment) {
        guard let conversation = running[index].conversation else { return }
        let id = running[index].id
        if let place = running[index].takePlace() {
            effects.append(.leave(id, place))
        } else if conversations.isWaiting(id) {
            _ = conversations.leave(conversation, id)
        }
    }

    private mutating func settle(_ id: TurnID, _ settlement: Turn.Settlement, at now: Moment) {
        switch settlement {
        case .again(let effect): perform(effect, of: id, at: now)
        case .work(let work): begin(work, of: id)
        case .store(let record, let node, let addition): effects.append(.store(id, record, node, addition))
        case .over(let remains):
            if let index = running.index(of: id) { leaveConversation(at: index, now) }
            if let record = remains.unstored { effects.append(.store(id, record, nil, nil)) }
            settle(id, remains)
        }
    }

    /// The store has a turn's response, or could not take it; the turn's place in its conversation was given back.
    public mutating func stored(_ id: TurnID, _ error: StoreError?, leaving place: ConversationPlace? = nil, at now: Moment) {
        if let place { left(id, place, at: now) }
        guard let index = running.index(of: id),
            let remains = running[index].stored(error, setup.configuration, at: now, into: &output)
        else { return }
        leaveConversation(at: index, now)
        settle(id, remains)
        closeIfDone(at: now)
    }

    /// A turn's last event is written.
    private mutating func settle(_ id: TurnID, _ remains: Turn.Remains) {
        guard let index = running.index(of: id) else { return }
        let (streamID, parent) = (running[index].streamID, running[index].parent)
        switch remains.chain {
        case .extend(let node):
            memory.insert(node, lane: streamID)
            lanes[streamID]?.newest = node.id
        case .stored: lanes[streamID]?.newest = nil
        case .remember(let node): effects.append(.remember(node))
        // "Same-lane continuation ends in a 4xx/5xx: evicted. Cross-lane fork fails: kept." (websocket-mode 7.3)
        case .evictParent: if let parent, parent.lane == streamID { memory.evict(parent.node.id) }
        case .unchanged: break
        }
        output.turnEnded(remains.end)
        // After a refusal there is nothing to wait for; otherwise the lane continues when the last event was taken.
        if remains.end.outcome == nil { free(id) }
    }

    /// The transport took the turn's last event: the slot and the lane are free.
    public mutating func written(_ id: TurnID, at now: Moment) {
        guard let index = running.index(of: id), running[index].isOver else { return }
        free(id)
        trimMemory()
        startReadyTurns(at: now)
    }

    private mutating func free(_ id: TurnID) {
        guard let index = running.index(of: id) else { return }
        let streamID = running[index].streamID
        running.remove(at: index)
        lanes[streamID]?.finished(id)
        noteReady(streamID)
        dropLargeTools()
    }

    /// Called after a turn was freed: while it is held, so is its chain, and forgetting that would free nothing.
    private mutating func trimMemory() {
        let (account, bytesMax) = (setup.configuration.account, limits.connectionMemoryBytesMax)
        let isOver = { account.bytes(for: .chains) > bytesMax }
        guard isOver() else { return }
        memory.trim(keeping: newestOfLanes, while: isOver)
    }

    private var newestOfLanes: Set<ResponseID> { Set(lanes.values.compactMap(\.newest)) }

    // MARK: Memory

    /// Brings the account up to date with what is held. Call after each step; chains count themselves.
    public mutating func count() {
        let account = setup.configuration.account
        var (requests, answers, tools) = (0, 0, lastTools?.bytes ?? 0)
        let lastTools = lastTools
        running.forEach { turn in
            requests += turn.requestBytes
            answers += turn.answerBytes
            if let own = turn.tools, own !== lastTools { tools += own.bytes }
        }
        account.set(requests + leftWorkBytes, for: .requests)
        account.set(waitingBytes, for: .waiting)
        // Not with each delta.
        if answers == 0 || abs(answers - account.bytes(for: .answers)) >= Self.countedBytesMin {
            account.set(answers, for: .answers)
        }
        account.setShared(tools, for: .tools)
    }

    private static var countedBytesMin: Int { 4096 }

    /// What work holds whose turn has let go of it: it is freed when the work is done, whatever else ends.
    private var leftWorkBytes: Int {
        if works.isEmpty { return 0 }
        return works.reduce(0) { sum, work in
            let isCounted = running.index(of: work.key).map { running[$0].workBytes > 0 } ?? false
            return isCounted ? sum : sum + work.value
        }
    }

    /// Gives up what is held beyond so many bytes, as far as it can: first what costs the client nothing, last what runs.
    ///
    /// Whatever is lost is said with a proper error, now or when the client comes back to it. If what holds the memory is not
    /// the connection's to give, such as a message that is half there, it closes.
    public mutating func giveWay(downTo goal: Int, at now: Moment) {
        guard phase != .closed else { return }
        count()
        let account = setup.configuration.account
        // What is under way for nobody is as good as given.
        var left = leftWorkBytes
        func held() -> Int { account.bytes - left }
        // A client that sends a little of much, or does not take what was written for it, is to be told nothing more.
        if held() > goal, 2 * (account.bytes(for: .receiving) + account.bytes(for: .unsent)) > held() {
            return close(.memoryOver, at: now)
        }
        if let lastTools, held() > goal {
            freeElsewhere(lastTools, bytes: lastTools.bytes)
            self.lastTools = nil
            count()
        }
        memory.trim(keeping: newestOfLanes) { held() > goal }
        if held() > goal, waitingCount > 0 {
            refuseWaitingTurns(.memoryOver)
            count()
        }
        let largest = (0..<running.count).map { ($0, running[$0].requestBytes + running[$0].answerBytes) }
            .sorted { $0.1 > $1.1 }.map { running[$0.0].id }
        for id in largest where held() > goal {
            end(id, .memoryOver(.memoryOver), at: now)
            count()
            left = leftWorkBytes
        }
        startReadyTurns(at: now)
        if account.bytes(for: .receiving) + account.bytes(for: .unsent) > goal { close(.memoryOver, at: now) }
    }

    // MARK: Time

    /// When `tick` should be called next; nil when nothing waits for time.
    public var nextDeadline: Duration? {
        mutating get {
            var next: Duration?
            func consider(_ deadline: Duration) { next = min(next ?? deadline, deadline) }
            switch phase {
            case .open: if transport.isLasting { consider(opened + limits.lifetime) }
            case .expiring(let until), .stopping(let until): consider(until)
            case .closed: return nil
            }
            let (limits, hasHeartbeats) = (limits, transport.hasHeartbeats)
            running.forEach { turn in
                if let deadline = turn.deadline(limits) { consider(deadline) }
                if hasHeartbeats, turn.isSpeaking { consider(turn.lastEvent + limits.heartbeat) }
            }
            return next
        }
    }

    /// Time went on. Calling it too early or too often does no harm.
    public mutating func tick(at now: Moment) {
        for id in running.ids {
            guard let index = running.index(of: id), let deadline = running[index].deadline(limits), now.uptime >= deadline
            else { continue }
            end(id, .limited(.duration), at: now)
        }
        if transport.hasHeartbeats {
            // Clients count only text messages (websocket-mode 13.2).
            let silence = limits.heartbeat
            for id in running.ids {
                if let index = running.index(of: id) { running[index].beat(after: silence, at: now, into: &output) }
            }
        }
        switch phase {
        case .open:
            if transport.isLasting, now.uptime >= opened + limits.lifetime {
                phase = .expiring(until: now.uptime + limits.lifetimeGrace)
                closeIfDone(at: now)
            }
        case .expiring(let until):
            if now.uptime >= until { endAllTurns(.connectionLimitReached, at: now) }
        case .stopping(let until):
            if now.uptime >= until { endAllTurns(.shuttingDown, at: now) }
        case .closed: break
        }
    }

    /// The server stops: no new turns, waiting ones are refused, running ones finish or meet the deadline.
    public mutating func shutDown(deadline: Duration, at now: Moment) {
        guard phase != .closed else { return }
        phase = .stopping(until: deadline)
        refuseWaitingTurns(.shuttingDown)
        closeIfDone(at: now)
    }

    /// The transport is gone: everything in flight and waiting stops, all memory is given back (websocket-mode 11, websocket-mode 13).
    public mutating func disconnected(at now: Moment) {
        guard phase != .closed else { return }
        for id in running.ids {
            guard let index = running.index(of: id) else { continue }
            // A response that is being stored is whole, and its client may come back for it. The driver limits how long that takes.
            if !running[index].isSettling { effects.append(.stop(id)) }
            if let placement = running[index].takeUnusedPlacement() { effects.append(.release(placement)) }
            leaveConversation(at: index, now)
            // What was made whole by then comes back as the client's history says: some leave on purpose (chat-completions 12).
            if setup.configuration.remembers, let node = running[index].nodeOfWholeItems(setup.configuration) {
                effects.append(.remember(node))
            }
            if let end = running[index].abandon(at: now) { output.turnEnded(end) }
        }
        phase = .closed
        // Thousands of nodes and turns take long to free.
        freeElsewhere((memory, running, lanes), bytes: setup.configuration.account.bytes)
        running.removeAll()
        lanes = [:]
        readyLanes = []
        conversations.removeAll()
        memory.removeAll()
        lastTools = nil
        waitingCount = 0
        waitingBytes = 0
    }

    /// The grace is over: what still runs or waits is ended with this error, and the connection closes.
    private mutating func endAllTurns(_ error: APIError, at now: Moment) {
        refuseWaitingTurns(error)
        // Who reads that a response in the background failed has no line to this server.
        for id in running.ids { end(id, .timeOver(transport.isBackground ? .interrupted : error), at: now) }
        running.removeAll()
        closeIfDone(at: now)
    }

    private mutating func refuseWaitingTurns(_ error: APIError) {
        let waiting = lanes.keys.flatMap { lanes[$0]?.removeAllWaiting() ?? [] }.sorted { $0.id < $1.id }
        for turn in waiting { refuse(error, streamID: turn.streamID, turn: turn.id) }
        waitingCount = 0
        waitingBytes = 0
        readyLanes = []
    }

    /// Closes once nothing runs or waits any more, when it is to close at all.
    private mutating func closeIfDone(at now: Moment) {
        guard running.isEmpty, waitingCount == 0 else { return }
        switch phase {
        case .open, .closed: return
        case .expiring:
            // "Send the error frame once without `stream_id` and close with 1001" (websocket-mode 13.1).
            if transport.sendsRefusals { output.errorFrame(.connectionLimitReached, streamID: nil) }
            close(.lifetimeOver, at: now)
        case .stopping: close(.shutdown, at: now)
        }
    }

    private mutating func close(_ reason: CloseReason, at now: Moment) {
        disconnected(at: now)
        effects.append(.close(reason))
    }
}

extension EventBuffer {
    /// `response.steer.failed`: a steer is answered, but not done.
    fileprivate mutating func steerFailed(_ previous: ResponseID?, input: RawJSON?, number: Int, lane: LaneTag) {
        event(.steerFailed, number: number, lane: lane) { json in
            json.key("steer")
            json.beginObject()
            json.key("previous_response_id")
            json.value(previous?.rawValue)
            json.key("input")
            json.value(input)
            json.endObject()
            json.key("error")
            json.beginObject()
            json.key("type")
            json.value("invalid_request_error")
            json.key("code")
            json.value(ErrorCode.steeringNotSupported.rawValue)
            json.key("message")
            json.value("This server does not steer running responses. Send the input with the next turn.")
            json.endObject()
        }
    }
}

extension APIError {
    /// Official wording, whatever lifetime is set: some clients match the text (websocket-mode 6.3).
    fileprivate static let connectionLimitReached = invalidRequest(
        .connectionLimitReached,
        "Responses websocket connection limit reached (60 minutes). Create a new websocket connection to continue.")

    /// Of the connection that holds the most when the server's memory is over.
    package static let memoryOver = APIError(
        status: 503, type: "server_error", code: .serverIsOverloaded,
        message: "The server's memory is used up, and this connection holds the most of it. Send the turn again later, with less "
            + "input or fewer turns at once.", retryAfterSeconds: 5)

    package static let shuttingDown = APIError(
        status: 503, type: "server_error", code: .serverIsOverloaded,
        message: "The server is shutting down. Connect again and send the turn with its full input.", retryAfterSeconds: 1)
}
