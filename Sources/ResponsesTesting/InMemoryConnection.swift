import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesStore
import Synchronization

/// A connection without socket, clock or engine: a test speaks for the client, the engine and the time.
///
/// ```swift
/// let connection = InMemoryConnection()
/// connection.send(#"{"type":"response.create","model":"list","input":"hello"}"#)
/// #expect(connection.take().types == ["response.created", "response.in_progress"])
/// connection.answer(.say("good day"))
/// #expect(connection.take().last?.type == "response.completed")
/// ```
///
/// Effects are performed at once and in order, as a server's loop does. `holdsWrites` and `holdsFetches` put a slow
/// client or a slow store in between. Not thread-safe: one test, one loop.
public final class InMemoryConnection {
    public let process: InMemoryProcess
    public let owner: String
    /// What is tested.
    public private(set) var core: Connection
    /// Responses to be remembered for clients that send the whole conversation again, in order.
    public private(set) var remembered: [ChainNode] = []
    /// When the connection wants to be called next; nil when nothing waits for time.
    public var nextDeadline: Duration? { core.nextDeadline }
    /// What time it is; `advance` moves it.
    public private(set) var now: Moment

    /// Whether the last events of turns stay unwritten until `confirmWrites`.
    public var holdsWrites = false
    /// Whether the store waits for `answerFetches`.
    public var holdsFetches = false
    /// Whether the store waits for `answerStores` before it keeps a response.
    public var holdsStores = false
    /// Whether large work waits for `doWork`.
    public var holdsWork = false
    /// How often work was large.
    public private(set) var largeWorks = 0
    public private(set) var heldWork: [(turn: TurnID, work: LargeWork)] = []
    /// Why the store keeps and finds nothing; nil when it works.
    public var storeError: StoreError?
    /// Answers engine work by itself; nil leaves a work to the test.
    public var script: ((RequestedWork) -> EngineAnswer?)?

    /// Engine work that is neither answered nor stopped, oldest first.
    public internal(set) var works: [RequestedWork] = []
    /// The counts that engines gave so far of works that go on: their results say the same.
    var counts: [TurnID: Usage] = [:]
    /// Whether `transcript` and `prompts` are kept. Off for chains of thousands of turns.
    public var keepsRecords = true
    /// Every conversation an engine was ever given, as its dialect wrote it.
    public private(set) var prompts: [String] = []
    /// Turns whose engine was told to stop.
    public private(set) var stopped: [TurnID] = []
    /// Turns that are over, with the error that ended them and the response object as a JSON answer carries it.
    public private(set) var finished: [(turn: TurnID?, error: APIError?, object: RawJSON?)] = []
    /// What was reported as left out of turns.
    public private(set) var leftOut: [LeftOut] = []
    public private(set) var closeReason: Connection.CloseReason?
    /// Every byte ever sent to the client.
    public private(set) var transcript: [UInt8] = []
    public private(set) var heldWrites: [TurnID] = []
    public private(set) var heldFetches: [(turn: TurnID, id: ResponseID, whole: Bool)] = []
    public private(set) var heldStores: [(turn: TurnID, record: ResponseRecord, node: ChainNode?, addition: ConversationAddition?)] = []
    /// Counts what it holds.
    public let account: MemoryAccount
    private let holder: Holder
    private let sealer: (any ContentSealer)?
    private var unread: [ReceivedEvent] = []

    /// - Parameter configure: changes the limits, the transport and the like before the connection opens.
    public init(
        _ process: InMemoryProcess = InMemoryProcess(), owner: String = "alice",
        configure: (inout Connection.Configuration) -> Void = { _ in }
    ) {
        self.process = process
        self.owner = owner
        now = Moment(uptime: .seconds(1000), unixSeconds: 1_700_000_000)
        holder = Holder()
        account = process.book.open(for: Owner(rawValue: owner), holder)
        var configuration = Connection.Configuration(
            owner: Owner(rawValue: owner), account: account, cacheAccount: process.cacheMemory(of: Owner(rawValue: owner)),
            tools: process.tools,
            makeResponseID: process.makeResponseID)
        configure(&configuration)
        sealer = configuration.sealer
        core = Connection(configuration, at: now)
    }

    deinit { process.book.close(account, of: Owner(rawValue: owner)) }

    /// Notes down to what is to be given up; `giveWay` does it.
    private final class Holder: MemoryHolder {
        let goal = Atomic<Int>(.max)
        func giveWay(downTo bytes: Int) { goal.store(bytes, ordering: .relaxed) }
    }

    // MARK: The client

    /// The client sends a message.
    public func send(_ text: String) { step { $0.received(Array(text.utf8), at: now) } }

    /// A request comes in by HTTP.
    ///
    /// - Throws: `APIError` when the body is not a request.
    public func post(_ body: String, for purpose: TurnPurpose = .response) throws(APIError) {
        let request = try CreateRequest(parsing: Array(body.utf8))
        step { $0.received(request, for: purpose, bytes: body.utf8.count, at: now) }
    }

    /// The events that came since the last `take`, of all lanes.
    public func take() -> [ReceivedEvent] {
        defer { unread = [] }
        return unread
    }

    /// The events of one lane that came since the last `take`; nil is the default lane. Those of others stay.
    public func take(lane: String?) -> [ReceivedEvent] {
        let taken = unread.filter { $0.lane == lane }
        unread.removeAll { $0.lane == lane }
        return taken
    }

    /// The client goes away.
    public func disconnect() {
        step { $0.disconnected(at: now) }
        closeIfDone()
    }

    /// Work that is under way holds what it works on.
    private func closeIfDone() {
        if core.isClosed, heldWork.isEmpty { process.book.close(account, of: Owner(rawValue: owner)) }
    }

    /// Gives up what the process's bookkeeper asked for, if it did.
    public func giveWay() {
        let goal = holder.goal.exchange(.max, ordering: .relaxed)
        guard account.bytes > goal else { return process.book.gaveWay(account) }
        step { $0.giveWay(downTo: goal, at: now) }
        process.book.gaveWay(account)
    }

    // MARK: The world

    /// Time passes, and the connection gets to know.
    public func advance(by duration: Duration) {
        now.uptime += duration
        now.unixSeconds += Int(duration.components.seconds)
        step { $0.tick(at: now) }
    }

    /// Somebody without a line cancels what runs.
    public func cancelTurns() { step { $0.cancelTurns(at: now) } }

    /// The server begins to stop.
    public func shutDown(within grace: Duration) { step { $0.shutDown(deadline: now.uptime + grace, at: now) } }

    /// The socket took the events that were held.
    public func confirmWrites() {
        let turns = heldWrites
        heldWrites = []
        for turn in turns { step { $0.written(turn, at: now) } }
    }

    /// The store answers what was asked of it.
    public func answerFetches() {
        let fetches = heldFetches
        heldFetches = []
        for (turn, id, whole) in fetches { answerFetch(turn, id, whole) }
    }

    private func answerFetch(_ turn: TurnID, _ id: ResponseID, _ whole: Bool) {
        let answer: Result<ChainNode?, StoreError>
        if let storeError {
            answer = .failure(storeError)
        } else {
            answer = .success(process.find(id, whole: whole, for: Owner(rawValue: owner), sealer))
        }
        step { $0.fetched(turn, answer, at: now) }
    }

    /// What was to be done beside the loop is done.
    public func doWork() {
        let works = heldWork
        heldWork = []
        for (turn, work) in works { step { $0.worked(turn, work.done(), at: now) } }
        closeIfDone()
    }

    /// The store keeps what it was given, or fails to.
    public func answerStores() {
        let stores = heldStores
        heldStores = []
        for (turn, record, node, addition) in stores { answerStore(turn, record, node, addition) }
    }

    private func answerStore(
        _ turn: TurnID, _ record: ResponseRecord, _ node: ChainNode?, _ addition: ConversationAddition?
    ) {
        if storeError == nil { process.store(record, node) }
        if let addition {
            let items = storeError == nil ? addition.items(with: record) : []
            try? process.leave(addition.place, record.owner, adding: items, head: storeError == nil ? addition.head(with: record) : nil)
        }
        step { $0.stored(turn, storeError, leaving: addition?.place, at: now) }
    }

    private func answerJoin(_ turn: TurnID, _ place: ConversationPlace) {
        let answer = Result { () throws(StoreError) in
            if let storeError { throw storeError }
            return try process.join(place, Owner(rawValue: owner), sealer)
        }
        step { $0.joined(turn, place, answer, at: now) }
    }

    // MARK: The loop

    private var isPerforming = false

    /// Tells the connection something, then does what it wants.
    func step(_ input: (inout Connection) -> Void) {
        input(&core)
        // A step within a step only adds to what the outer one performs.
        guard !isPerforming else { return }
        isPerforming = true
        defer { isPerforming = false }
        repeat { perform() } while runScript()
    }

    private func perform() {
        defer {
            core.count()
            if process.book.isOver(account, of: Owner(rawValue: owner)) { process.book.relieve() }
        }
        while !core.output.isEmpty || !core.effects.isEmpty {
            let output = core.output
            let effects = core.effects
            core.output.removeAll()
            core.effects = []
            for end in output.ends where !end.isAbandoned {
                let object = end.outcome.flatMap { $0.object.isEmpty ? nil : try? RawJSON(parsing: Array(output.bytes[$0.object])) }
                finished.append((end.turn, end.error, object))
            }
            if keepsRecords { transcript += output.bytes }
            unread += output.texts.map { ReceivedEvent($0) }
            for effect in effects { perform(effect) }
            let written = output.ends.compactMap { $0.outcome == nil || $0.isAbandoned ? nil : $0.turn }
            for turn in written {
                if holdsWrites { heldWrites.append(turn) } else { step { $0.written(turn, at: now) } }
            }
        }
    }

    private func perform(_ effect: Connection.Effect) {
        switch effect {
        case .work(let turn, let work):
            largeWorks += 1
            if holdsWork { heldWork.append((turn, work)) } else { step { $0.worked(turn, work.done(), at: now) } }
        case .fetch(let turn, let id, let whole):
            if holdsFetches { heldFetches.append((turn, id, whole)) } else { answerFetch(turn, id, whole) }
        case .place(let turn, let request):
            switch process.engines.place(request) {
            case .placed(let placement):
                process.placed += 1
                step { $0.placed(turn, .success(placement), at: now) }
            case .refused(let error): step { $0.placed(turn, .failure(error), at: now) }
            case .later: preconditionFailure("a directory of a test answers at once")
            }
        case .release(let placement): process.released(placement, .unused)
        case .generate(let turn, let work, let placement):
            begin(RequestedWork(turn: turn, work: work, placement: placement))
        case .prefill(let turn, let work, let placement):
            begin(RequestedWork(turn: turn, work: work, placement: placement, isPrefill: true))
        case .count(let turn, let work, let placement):
            begin(RequestedWork(turn: turn, work: work, placement: placement, isCount: true))
        case .join(let turn, let place): answerJoin(turn, place)
        case .leave(let turn, let place):
            try? process.leave(place, Owner(rawValue: owner))
            step { $0.left(turn, place, at: now) }
        case .announce(let turn, let record):
            if storeError == nil { process.store(record, nil) }
            step { $0.announced(turn, storeError, at: now) }
        case .remember(let node): remembered.append(node)
        case .store(let turn, let record, let node, let addition):
            if holdsStores {
                heldStores.append((turn, record, node, addition))
            } else {
                answerStore(turn, record, node, addition)
            }
        case .stop(let turn):
            stopped.append(turn)
            for work in works where work.turn == turn { process.released(work.placement, .stopped) }
            works.removeAll { $0.turn == turn }
            counts[turn] = nil
        case .report(_, let leftOut): self.leftOut.append(leftOut)
        case .close(let reason): closeReason = reason
        }
    }

    private func begin(_ work: RequestedWork) {
        works.append(work)
        if keepsRecords { prompts.append(work.prompt) }
    }

    /// Answers the first work the script has an answer for.
    private func runScript() -> Bool {
        guard let script else { return false }
        for work in works {
            guard let answer = script(work) else { continue }
            apply(answer, to: work)
            return true
        }
        return false
    }
}
