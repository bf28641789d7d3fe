import Logging
import NIOCore
import ResponsesAPI
import ResponsesCore
import ResponsesEngine

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Performs what a `Connection` decides: the one loop of a line. Lives on its event loop.
///
/// Inputs (messages, batches, ends of generations, time) are handled one after another on the loop; each step first puts
/// the connection's events out, then performs its effects. Generations run as tasks on the same loop; the line owns
/// them, cancels them when it ends and can be waited for.
final class ConnectionDriver: @unchecked Sendable {
    // Proof of `@unchecked Sendable`: all mutable state is touched on `loop` only; every entry point either checks that
    // it is there or hops. `loop`, `gate` and `services` are immutable and Sendable.

    let loop: any EventLoop
    let gate = ReadinessGate()
    private let services: ServerServices
    private let owner: Owner
    private let executor: LoopTaskExecutor
    private var connection: Connection
    private weak var output: (any ConnectionOutput)?
    private var generations: [TurnID: Task<Void, Never>] = [:]
    private var timer: Scheduled<Void>?
    private var timerDeadline: Duration?
    private var isSettling = false

    init(
        _ transport: Connection.Transport, services: ServerServices, owner: Owner, loop: any EventLoop,
        output: any ConnectionOutput
    ) {
        loop.preconditionInEventLoop()
        self.loop = loop
        self.services = services
        self.owner = owner
        self.output = output
        executor = LoopTaskExecutor(loop)
        var configuration = services.connectionConfiguration()
        configuration.transport = transport
        connection = Connection(configuration, at: Self.now())
    }

    // MARK: Inputs

    /// The transport is there: from now on time counts.
    func opened() { scheduleTick() }

    /// A whole message of the socket.
    func received(_ message: [UInt8]) { step { $0.received(message, at: $1) } }

    /// An HTTP request.
    func received(_ request: CreateRequest) { step { $0.received(request, at: $1) } }

    /// The hot path: what the engine made.
    func generated(_ turn: TurnID, _ batch: GenerationBatch) { step { $0.generated(turn, batch, at: $1) } }

    /// The server goes down: running turns may go on until `deadline` from now.
    func shutDown(within grace: Duration) {
        step { $0.shutDown(deadline: $1.uptime + grace, at: $1) }
        // A turn that says nothing more would else never meet its deadline.
        scheduleTick()
    }

    /// The transport is gone.
    func disconnected() {
        step { connection, _ in connection.disconnected() }
        timer?.cancel()
        timer = nil
        gate.set(ready: true)
    }

    var turnCount: Int { connection.turnCount }

    private func step(_ input: (inout Connection, Moment) -> Void) {
        loop.preconditionInEventLoop()
        input(&connection, Self.now())
        settle()
    }

    /// Puts out and performs what the connection wants, until it wants nothing more.
    private func settle() {
        // Effects may feed the connection again at once; the outermost call does all the work, in order.
        guard !isSettling else { return }
        isSettling = true
        defer { isSettling = false }
        while !connection.output.isEmpty || !connection.effects.isEmpty {
            let effects = connection.effects
            if !effects.isEmpty { connection.effects = [] }
            put(effects)
            guard !effects.isEmpty else { continue }
            for effect in effects { perform(effect) }
            scheduleTick()
        }
        if connection.turnCount == 0 { connection.output.shrink() }
    }

    /// Stores first: who hears of a finished response may ask for it at once, on any connection.
    private func put(_ effects: [Connection.Effect]) {
        var confirmed: [TurnID] = []
        for effect in effects {
            switch effect {
            case .store(let node): services.store.save(node, owner: owner)
            case .confirmWrite(let turn): confirmed.append(turn)
            case .finished(_, let error, let object):
                output?.finished(error, object: object.map { connection.output.bytes[$0] })
            default: break
            }
        }
        guard !connection.output.isEmpty else { return }
        if confirmed.isEmpty {
            output?.write(connection.output, whenWritten: nil)
        } else {
            output?.write(connection.output) { [weak self] in
                self?.step { connection, now in for turn in confirmed { connection.written(turn, at: now) } }
            }
        }
        connection.output.removeAll()
    }

    // MARK: Effects

    private func perform(_ effect: Connection.Effect) {
        switch effect {
        case .fetch(let turn, let id):
            let node = services.store.find(id, owner: owner)
            connection.fetched(turn, node, at: Self.now())
        case .generate(let turn, let request, let route):
            run(turn) { line in
                let error = await route.engine.failure(of: request, into: TurnSink(line: line, turn: turn))
                return { $0.ended(turn, error, at: $1) }
            }
        case .prefill(let turn, let request, let route):
            run(turn) { _ in
                let result = await route.engine.prefillResult(of: request)
                return { $0.prefilled(turn, result, at: $1) }
            }
        case .stop(let turn):
            // It stays in the list until the engine has let go of it.
            generations[turn]?.cancel()
        case .close(let reason):
            timer?.cancel()
            timer = nil
            output?.close(reason)
        case .store, .confirmWrite, .finished: break  // Done with the events they belong to.
        }
    }

    /// Runs an engine's work as a task of this line, on its loop.
    private func run(
        _ turn: TurnID,
        _ work: @escaping @Sendable (ConnectionDriver) async -> @Sendable (inout Connection, Moment) -> Void
    ) {
        services.activity.began()
        generations[turn] = Task(executorPreference: executor) { [self] in
            let input = await work(self)
            services.activity.ended()
            // The preference brings a task back to its loop after every wait, the engine's included.
            loop.preconditionInEventLoop()
            generations[turn] = nil
            step(input)
        }
    }

    /// Returns when no generation of this line runs any more. Call after `disconnected`.
    func drained() async {
        while let task = await firstGeneration() { await task.value }
    }

    private func firstGeneration() async -> Task<Void, Never>? {
        if loop.inEventLoop { return generations.values.first }
        return try? await loop.submit { self.generations.values.first }.get()
    }

    // MARK: Time

    static func now() -> Moment {
        Moment(
            uptime: .nanoseconds(Int64(NIODeadline.now().uptimeNanoseconds)), unixSeconds: time(nil))
    }

    /// One timer for all deadlines of the connection. It is only moved forward when something is due earlier, so turns
    /// that come and go leave it alone.
    private func scheduleTick() {
        guard let deadline = connection.nextDeadline else { return }
        if let timerDeadline, timer != nil, timerDeadline <= deadline { return }
        timer?.cancel()
        timerDeadline = deadline
        // What lies beyond the clock's years never comes.
        let (seconds, attoseconds) = min(max(deadline, .zero), .nanoseconds(Int64.max)).components
        let nanoseconds = UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
        timer = loop.scheduleTask(deadline: .uptimeNanoseconds(nanoseconds)) { [weak self] in
            guard let self else { return }
            timer = nil
            step { $0.tick(at: $1) }
            scheduleTick()
        }
    }
}

extension Engine {
    /// Runs a generation; answers why it failed, or nil.
    fileprivate func failure(of request: GenerationRequest, into sink: TurnSink) async -> EngineError? {
        do throws(EngineError) {
            try await generate(request, into: sink)
            return nil
        } catch {
            return error
        }
    }

    fileprivate func prefillResult(of request: GenerationRequest) async -> Result<PrefillResult, EngineError> {
        do throws(EngineError) {
            return .success(try await prefill(request))
        } catch {
            return .failure(error)
        }
    }
}
