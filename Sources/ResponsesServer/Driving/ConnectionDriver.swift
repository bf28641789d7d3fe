import LibC
import NIOCore
import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesStore
import ThreadTools

/// Performs what a `Connection` decides: its one loop. Lives on its event loop.
///
/// Inputs (messages, batches, ends of tasks, time) are handled one after another on the loop; each step first puts
/// the connection's events out, then performs its effects. Generations run as tasks on the same loop; the driver owns
/// them, cancels them when the connection ends and can be waited for.
final class ConnectionDriver: @unchecked Sendable {
    // Proof of `@unchecked Sendable`: all mutable state is touched on `loop` only; every entry point either checks that
    // it is there or hops. `loop`, `gate`, `services` and `identity` are immutable and Sendable.

    let loop: any EventLoop
    let gate = ReadinessGate()
    let services: ServerServices
    let identity: ConnectionIdentity
    /// What is held for it.
    let memory: HeldMemory
    /// What log lines about this connection begin with.
    let ids: LogIDs
    private let executor: LoopTaskExecutor
    /// Whether the events of stored turns are kept here for those who come back for them: where they are streamed, and no output of a
    /// response in the background has them.
    private let keepsEvents: Bool
    /// How its events are framed, where it is a stream of server-sent ones.
    let framing: StreamFraming
    /// Of a request that brought its whole conversation: under what the response is remembered.
    private let ticket: HistoryTicket?
    private var connection: Connection
    /// A turn can have two: an engine that was stopped need not have returned when the store keeps what it made.
    private struct TaskKey: Hashable {
        var turn: TurnID
        var number: Int
    }
    private weak var output: (any ConnectionOutput)?
    /// Of an HTTP request, what its engine is not shown: at most as many types as a connection reports.
    private(set) var leftOut: [LeftOut] = []
    /// The same for the client, as a header says it; nil when that is all.
    var leftOutField: String? {
        leftOut.isEmpty ? nil : leftOut.map { "\($0.kind.rawValue)=\($0.type)" }.joined(separator: ", ")
    }
    private var tasks: [TaskKey: Task<Void, Never>] = [:]
    /// What turns continue in the store, until they are over.
    private var holds: [TurnID: ResponseID] = [:]
    private var nextTask = 0
    private var alarm: Alarm
    /// Whether the next request of the connection uses it, too.
    private var isAlarmShared: Bool
    private var isSettling = false
    /// The events of turns that are to be stored, so far.
    private var feeds = KeptFeeds()
    /// Reads a large message; what comes behind it waits.
    private var reading: Task<Void, Never>?
    private var unread: [[UInt8]] = []
    private var atTheEnd: (() -> Void)?

    init(
        _ transport: Connection.Transport, of request: ReadRequest? = nil, services: ServerServices,
        identity: ConnectionIdentity, memory: HeldMemory, loop: any EventLoop, sharing alarm: Alarm? = nil
    ) {
        loop.preconditionInEventLoop()
        self.loop = loop
        self.alarm = alarm ?? Alarm(loop)
        isAlarmShared = alarm != nil
        self.services = services
        self.identity = identity
        self.memory = memory
        ids = LogIDs(
            request: transport.isLasting ? nil : identity.requestID, connection: transport.isLasting ? identity.requestID : nil,
            owner: identity.owner.digest)
        executor = LoopTaskExecutor(loop)
        keepsEvents = !transport.isBackground && !transport.wantsLastEventOnly
        framing = request?.framing ?? .responses
        ticket = services.prefixes == nil ? nil : request?.history?.ticket
        var configuration = services.connectionConfiguration(owner: identity.owner, memory.account)
        configuration.transport = transport
        if let request { configuration.format = request.format }
        if ticket != nil, let prefixes = services.prefixes {
            configuration.remembers = true
            configuration.cacheAccount = prefixes.nodes.account(of: identity.owner)
        }
        if let history = request?.history {
            let (ids, prefixes, owner) = (history.callIDs, ticket == nil ? nil : services.prefixes, identity.owner)
            configuration.isCallIDTaken = { ids.contains($0) || prefixes?.knowsCall($0, of: owner) == true }
        }
        connection = Connection(configuration, at: Self.now())
        memory.isHeld(by: self)
    }

    /// Says where events go. The output holds the driver, not the other way round.
    func attach(_ output: any ConnectionOutput) { self.output = output }

    // MARK: Inputs

    /// The transport is there: from now on time counts.
    func opened() { setAlarm() }

    /// A whole message of the socket. A large one is read beside the loop, and its socket is not read meanwhile.
    func received(_ message: [UInt8]) {
        if reading != nil {
            // It came with the large one; the socket holds back what follows.
            unread.append(message)
        } else if message.count >= services.limits.largeBytesMin {
            read(message)
        } else {
            step { $0.received(message, at: $1) }
        }
    }

    private func read(_ message: [UInt8]) {
        output?.holdInput(true)
        let tools = connection.knownTools
        let memory = memory
        // The message, and what is read of it.
        memory.account.add(HeldMemory.readFactor * message.count, for: .receiving)
        memory.workBegan()
        memory.check()
        reading = Task(executorPreference: executor) { [self] in
            let read = await BesideLoop.run { ClientMessage(reading: message, tools: tools) }
            loop.preconditionInEventLoop()
            memory.account.subtract(HeldMemory.readFactor * message.count, for: .receiving)
            memory.workEnded()
            reading = nil
            step { $0.received(read, at: $1) }
            while reading == nil, !unread.isEmpty { received(unread.removeFirst()) }
            if reading == nil { output?.holdInput(false) }
            leaveIfDrained()
        }
    }

    /// An HTTP request.
    func received(_ request: ReadRequest, for purpose: TurnPurpose) {
        step { $0.received(request.create, for: purpose, continuing: request.history?.parent, bytes: request.bytes, at: $1) }
    }

    /// The transport took the last events of these turns, or never will.
    func written(_ turns: [TurnID]) {
        step { connection, now in for turn in turns { connection.written(turn, at: now) } }
    }

    /// Somebody who has no line of this connection cancels what runs on it.
    func cancelTurns() { step { $0.cancelTurns(at: $1) } }

    /// The hot path: what the engine made.
    func generated(_ turn: TurnID, _ batch: GenerationBatch) { step { $0.generated(turn, batch, at: $1) } }

    /// The server shuts down: running turns may go on until `deadline` from now.
    func shutDown(within grace: Duration) {
        step { $0.shutDown(deadline: $1.uptime + grace, at: $1) }
        // Otherwise a turn that says nothing more would never meet its deadline.
        setAlarm()
    }

    /// The transport is gone.
    func disconnected() {
        step { $0.disconnected(at: $1) }
        stopAlarm()
        gate.set(ready: true)
        unread = []
        // What an HTTP request holds is given back when its answer is written.
        if ids.connection != nil { memory.end() }
        limitWhatIsLeft()
    }

    /// What the connection left running, which is a store that keeps a response, has the time that a shutdown has: so a server
    /// that shuts down need not know of it.
    private func limitWhatIsLeft() {
        guard !tasks.isEmpty else { return releaseAll() }
        (alarm, isAlarmShared) = (Alarm(loop), false)
        alarm.ring(at: Self.now().uptime + services.limits.shutdownGrace, for: self)
    }

    var turnCount: Int { Self.turnCount(&connection) }

    // By `inout`, as what is read of a property of a class is copied before its methods are called.
    private static func turnCount(_ connection: inout Connection) -> Int { connection.turnCount }
    private static func count(_ connection: inout Connection) { connection.count() }
    private static func nextDeadline(_ connection: inout Connection) -> Duration? { connection.nextDeadline }

    private func step(_ input: (inout Connection, Moment) -> Void) {
        loop.preconditionInEventLoop()
        input(&connection, Self.now())
        settle()
    }

    /// Puts out and performs what the connection wants, until it wants nothing more.
    ///
    /// What a store can keep at once is kept first, so that the turn's last event leaves with those before it.
    private func settle() {
        // Effects may feed the connection again at once; the outermost call does all the work, in order.
        guard !isSettling else { return }
        isSettling = true
        defer { isSettling = false }
        while !connection.output.isEmpty || !connection.effects.isEmpty {
            storeAtOnce()
            putOut()
            let effects = connection.effects
            guard !effects.isEmpty else { continue }
            connection.effects = []
            for effect in effects { perform(effect) }
            setAlarm()
        }
        if turnCount == 0 { connection.output.shrink() } else { connection.output.shrinkWhileWriting() }
        countMemory()
    }

    private func countMemory() {
        Self.count(&connection)
        memory.check()
    }

    private func putOut() {
        guard !connection.output.isEmpty else { return }
        for end in connection.output.ends {
            noteRefusal(end)
            services.observer.turnEnded(end, ids, on: loop, at: Self.now())
            if let turn = end.turn, !end.isAbandoned, let id = holds.removeValue(forKey: turn) { services.store.release(id, of: identity.owner) }
        }
        keepEvents()
        output?.write(connection.output)
        connection.output.removeAll()
    }

    /// What an engine refused by its words it would refuse again.
    private func noteRefusal(_ end: EndedTurn) {
        guard let ticket, let error = end.error, error.status == 400 else { return }
        switch end.engineError?.kind {
        case .invalidRequest, .contextLengthExceeded: services.prefixes?.refused(error, under: ticket, at: Self.now().uptime)
        default: break
        }
    }

    private func keepEvents() {
        guard keepsEvents, connection.output.hasKept || !feeds.isEmpty else { return }
        feeds.append(connection.output, bytesMaxOfEach: services.replays.feedBytesMax)
        for (id, feed) in feeds.ended(with: connection.output) {
            services.replays.keep(feed, of: id, owner: identity.owner, at: Self.now().uptime)
            services.storedMemory.changed()
        }
        memory.account.set(feeds.bytes, for: .events)
    }

    // MARK: Effects

    private func perform(_ effect: Connection.Effect) {
        switch effect {
        case .work(let turn, let work):
            run(turn) { driver in
                // What it takes is held before it is taken: what has to give way for that does so first, be it this turn.
                driver.countMemory()
                await Task.yield()
                guard driver.connection.isRunning(turn) else { return { connection, _ in connection.dropped(turn) } }
                driver.memory.workBegan()
                let outcome = await BesideLoop.run { work.done() }
                driver.memory.workEnded()
                return { $0.worked(turn, outcome, at: $1) }
            }
        case .fetch(let turn, let id, let whole): fetch(id, whole: whole, for: turn)
        case .join(let turn, let place): join(place, for: turn)
        case .leave(let turn, let place): leave(place, for: turn)
        case .announce(let turn, let record):
            run(turn) { driver in
                let answer = await driver.save(record, isLarge: false)
                return { $0.announced(turn, answer.failure, at: $1) }
            }
        case .place(let turn, let request): place(turn, request)
        case .release(let placement): services.engines.ended(placement, .unused)
        case .generate(let turn, let work, let placement):
            runEngine(turn) { driver in
                let result = await work.generated(into: TurnSink(driver: driver, turn: turn))
                driver.engineEnded(placement, result)
                return { $0.ended(turn, result, at: $1) }
            }
        case .prefill(let turn, let work, let placement):
            runEngine(turn) { driver in
                let result = await work.prefilled()
                driver.engineEnded(placement, result)
                return { $0.prefilled(turn, result, at: $1) }
            }
        case .count(let turn, let work, let placement):
            runEngine(turn) { driver in
                let result = await work.counted()
                driver.engineEnded(placement, result)
                return { $0.counted(turn, result, at: $1) }
            }
        case .store(let turn, let record, let node, let addition): store(record, node, addition, for: turn)
        case .remember(let node):
            guard let ticket else { break }
            services.prefixes?.insert(node, of: identity.owner, at: Self.now().uptime, under: ticket)
        case .stop(let turn):
            // It stays in the list until the engine's function has returned.
            for (key, task) in tasks where key.turn == turn { task.cancel() }
        case .report(_, let leftOut):
            services.observer.leftOut(leftOut, ids, isRequest: ids.connection == nil, at: Self.now())
            if ids.connection == nil { self.leftOut.append(leftOut) }
        case .close(let reason):
            stopAlarm()
            output?.close(reason)
        }
    }

    private func place(_ turn: TurnID, _ request: PlacementRequest) {
        switch services.place(request) {
        case .placed(let placement): connection.placed(turn, .success(placement), at: Self.now())
        case .refused(let error): connection.placed(turn, .failure(error), at: Self.now())
        case .later(let wait):
            run(turn) { _ in
                let answer = await Result { () async throws(EngineError) in try await wait() }
                return { $0.placed(turn, answer, at: $1) }
            }
        }
    }

    // MARK: The store

    /// Looks into the cache, then into the store.
    private func fetch(_ id: ResponseID, whole: Bool, for turn: TurnID) {
        if !whole {
            let found = services.hold(id, of: identity.owner)
            if case .gone = found { return connection.fetched(turn, .success(nil), at: Self.now()) }
            holds[turn] = id
            if case .cached(let node) = found { return connection.fetched(turn, .success(node), at: Self.now()) }
        }
        let chain = StoredChain(
            id: id, owner: identity.owner, isWhole: whole, cache: services.cache, sealer: services.sealer)
        if let store = services.immediateStore {
            let answer = Result { () throws(StoreError) in try chain.read(from: store) }
            return connection.fetched(turn, answer, at: Self.now())
        }
        run(turn) { driver in
            let answer = await Result { () async throws(StoreError) in try await chain.read(from: driver.services.store) }
            return { $0.fetched(turn, answer, at: $1) }
        }
    }

    /// Performs what the connection wants stored, if the store does that at once.
    private func storeAtOnce() {
        guard let store = services.immediateStore, connection.effects.contains(where: { $0.isSmallStore }) else { return }
        let effects = connection.effects
        connection.effects = effects.filter { !$0.isSmallStore }
        for effect in effects where effect.isSmallStore {
            guard case .store(let turn, let record, let node, nil) = effect else { continue }
            let answer = Result { () throws(StoreError) in try store.save(record) }
            connection.stored(turn, error(of: answer, node), at: Self.now())
        }
    }

    private func store(_ record: ResponseRecord, _ node: ChainNode?, _ addition: ConversationAddition?, for turn: TurnID) {
        run(turn) { driver in
            let answer = await driver.save(record, isLarge: node?.isLarge == true, addition)
            let error = driver.error(of: answer, node)
            // Nobody hears of it any more but the operator.
            if let error, driver.connection.isClosed { driver.services.observer.log.storeFailed(error, driver.ids) }
            return { $0.stored(turn, error, leaving: addition?.place, at: $1) }
        }
    }

    private func join(_ place: ConversationPlace, for turn: TurnID) {
        run(turn) { driver in
            let answer = await Result { () async throws(StoreError) in
                try await driver.services.join(place, of: driver.identity.owner)
            }
            if case .success(.done(let joined)) = answer, let head = joined.headID { driver.isHeld(head, by: turn) }
            return { $0.joined(turn, place, answer, at: $1) }
        }
    }

    /// A turn continues a response that was held for it; unless it is over by now.
    private func isHeld(_ id: ResponseID, by turn: TurnID) {
        if connection.isRunning(turn) { holds[turn] = id } else { services.store.release(id, of: identity.owner) }
    }

    /// The connection is closed and nothing runs for it any more.
    private func releaseAll() {
        for id in holds.values { services.store.release(id, of: identity.owner) }
        holds = [:]
    }

    private func leave(_ place: ConversationPlace, for turn: TurnID) {
        run(turn) { driver in
            _ = await driver.services.end(place, of: driver.identity.owner, adding: [], head: nil)
            return { $0.left(turn, place, at: $1) }
        }
    }

    private func save(
        _ record: ResponseRecord, isLarge: Bool, _ addition: ConversationAddition?
    ) async -> Result<Void, StoreError> {
        guard let addition else { return await save(record, isLarge: isLarge) }
        if services.immediateStore == nil, let conversations = services.conversations {
            return await Result { () async throws(StoreError) in
                try await conversations.end(
                    addition.place.conversation, storing: record, adding: addition.items(with: record), head: addition.head(with: record))
            }
        }
        let saved = await save(record, isLarge: isLarge)
        let isStored = saved.failure == nil
        let added = await services.end(
            addition.place, of: record.owner, adding: isStored ? addition.items(with: record) : [],
            head: isStored ? addition.head(with: record) : nil)
        return isStored ? added : saved
    }

    private func save(_ record: ResponseRecord, isLarge: Bool) async -> Result<Void, StoreError> {
        let store = services.store
        if isLarge, let store = services.immediateStore {
            return await BesideLoop.run { Result { () throws(StoreError) in try store.save(record) } }
        }
        return await Result { () async throws(StoreError) in try await store.save(record) }
    }

    /// Keeps the node of what was stored; why it was not, otherwise.
    private func error(of answer: Result<Void, StoreError>, _ node: ChainNode?) -> StoreError? {
        switch answer {
        case .success:
            if let node { services.cache.insert(node, of: identity.owner) }
            services.storedMemory.changed()
        case .failure(let error): return error
        }
        return nil
    }

    /// Runs an engine's work as a task of this connection, on its loop.
    private func runEngine(
        _ turn: TurnID, _ work: @escaping @Sendable (ConnectionDriver) async -> @Sendable (inout Connection, Moment) -> Void
    ) {
        services.activity.began()
        run(turn) { driver in
            let input = await work(driver)
            driver.services.activity.ended()
            return input
        }
    }

    /// Does what a turn waits for as a task of this connection, on its loop. A turn waits for one thing at a time.
    private func run(
        _ turn: TurnID, _ work: @escaping @Sendable (ConnectionDriver) async -> @Sendable (inout Connection, Moment) -> Void
    ) {
        let key = TaskKey(turn: turn, number: nextTask)
        nextTask += 1
        tasks[key] = Task(executorPreference: executor) { [self] in
            let input = await work(self)
            // The preference brings a task back to its loop after every wait, the engine's included.
            loop.preconditionInEventLoop()
            tasks[key] = nil
            step(input)
            if tasks.isEmpty, connection.isClosed {
                stopAlarm()
                releaseAll()
            }
            leaveIfDrained()
        }
    }

    private func engineEnded<Success>(_ placement: Placement, _ result: Result<Success, EngineError>) {
        // An engine that was stopped shows nothing.
        if Task.isCancelled { return services.engines.ended(placement, .stopped) }
        var error: EngineError?
        if case .failure(let reason) = result { error = reason }
        services.engines.ended(placement, error.map { .failed($0) } ?? .finished)
        services.observer.engineEnded(placement.id.rawValue, error)
    }

    /// Whether no task of this connection runs any more. On the loop.
    var isDrained: Bool { tasks.isEmpty && reading == nil }

    /// Has `call` called once, when no task of this connection runs any more. On the loop; call after `disconnected`.
    func whenDrained(_ call: @escaping () -> Void) {
        loop.preconditionInEventLoop()
        atTheEnd = call
        leaveIfDrained()
    }

    private func leaveIfDrained() {
        guard isDrained, let call = atTheEnd.take() else { return }
        call()
    }

    /// Returns when no task of this connection runs any more. On the loop; call after `disconnected`.
    func drained() async {
        await withCheckedContinuation { continuation in whenDrained { continuation.resume() } }
    }

    // MARK: Time

    static func now() -> Moment {
        Moment(
            uptime: .nanoseconds(Int64(NIODeadline.now().uptimeNanoseconds)), unixSeconds: time(nil))
    }

    private func stopAlarm() {
        if isAlarmShared { alarm.leave(self) } else { alarm.cancel() }
    }

    /// One timer for all deadlines of the connection.
    private func setAlarm() {
        if let deadline = Self.nextDeadline(&connection) { alarm.ring(at: deadline, for: self) }
    }
}

extension ConnectionDriver: AlarmListener {
    /// Held by the alarm until then, or until that is stopped: at the latest when nothing runs any more of a connection that is
    /// closed.
    func alarmRang() {
        if connection.isClosed {
            for task in tasks.values { task.cancel() }
            return
        }
        step { $0.tick(at: $1) }
        setAlarm()
    }
}

extension ConnectionDriver: MemoryGiver {
    func giveWay(downTo bytes: Int) {
        services.observer.refused("memory_over", ids, on: loop, at: Self.now())
        step { $0.giveWay(downTo: bytes, at: $1) }
    }
}

extension EngineWork {
    fileprivate func generated(into sink: TurnSink) async -> Result<GenerationResult, EngineError> {
        await Result { () async throws(EngineError) in try await generate(into: sink) }
    }

    fileprivate func prefilled() async -> Result<PrefillResult, EngineError> {
        await Result { () async throws(EngineError) in try await prefill() }
    }

    fileprivate func counted() async -> Result<TokenCount, EngineError> {
        await Result { () async throws(EngineError) in try await countTokens() }
    }
}

extension Result where Success: Sendable {
    fileprivate var failure: Failure? { if case .failure(let error) = self { error } else { nil } }

    /// What `body` returns or throws.
    fileprivate init(_ body: () async throws(Failure) -> Success) async {
        do throws(Failure) {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}

extension Connection.Effect {
    /// Whether this is a response to store that takes no time worth naming.
    fileprivate var isSmallStore: Bool {
        if case .store(_, _, let node?, nil) = self { !node.isLarge } else { false }
    }
}
