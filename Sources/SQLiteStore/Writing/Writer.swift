import Dispatch
import GRDB
import LibC
import ResponsesAPI
import ResponsesStore
import Synchronization
import ThreadTools

/// The one that writes: a thread of its own, which commits together what waits for it.
///
/// A caller waits once, from the time its change is taken in to the commit that has it. While one commit is on its way the
/// next changes gather, so under load a commit is shared by many.
final class Writer: Sendable {
    private struct State {
        var queue: WriteQueue
        /// Whether the thread waits, so that it has to be woken.
        var isWaiting = false
        /// Whoever waits for the end.
        var waiters: [CheckedContinuation<Void, Never>] = []
        var isOver = false
    }

    private let state: Mutex<State>
    private let wake = DispatchSemaphore(value: 0)
    private let configuration: SQLiteStore.Configuration
    private let hooks: SQLiteStoreHooks
    let held = HeldResponses()
    let checkpointer: Checkpointer
    private let file: OpenFile

    init(_ configuration: SQLiteStore.Configuration, hooks: SQLiteStoreHooks, checkpointer: Checkpointer, file: OpenFile) {
        self.file = file
        self.configuration = configuration
        self.hooks = hooks
        self.checkpointer = checkpointer
        state = Mutex(State(queue: WriteQueue(countMax: configuration.waitingWritesMax, bytesMax: configuration.waitingBytesMax)))
    }

    /// - Parameters:
    ///   - pool: of which nobody else uses the writing connection.
    ///   - end: called on the thread when everything that waited is written.
    /// - Returns: false when the system has no thread to spare.
    func start(_ pool: DatabasePool, end: @escaping @Sendable () -> Void) -> Bool {
        WorkerThread.start(isDeaf: true) { [self] in
            pool.writeWithoutTransaction { db in
                var context = WriteContext(db: db, configuration: configuration, held: held, now: hooks.now())
                while let jobs = next() {
                    context.now = hooks.now()
                    commit(jobs, &context)
                    checkpointer.committed(in: db)
                }
            }
            end()
            let waiters = state.withLock { state in
                state.isOver = true
                return state.waiters
            }
            for waiter in waiters { waiter.resume() }
        }
    }

    /// Takes nothing in any more; the thread ends when what waits is written.
    func end() {
        let isWaiting = state.withLock { state in
            state.queue.end()
            defer { state.isWaiting = false }
            return state.isWaiting
        }
        if isWaiting { wake.signal() }
    }

    /// Returns when the thread is over.
    func ended() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.isOver { state.waiters.append(continuation) }
                return state.isOver
            }
            if isOver { continuation.resume() }
        }
    }

    /// Changes that wait.
    var waiting: Int { state.withLock { $0.queue.count } }

    /// Whether nothing waits for a commit.
    var isIdle: Bool { waiting == 0 }

    // MARK: Callers

    /// Changes the file and returns when that is committed.
    ///
    /// - Parameters:
    ///   - bytes: what the change has in texts.
    ///   - continued: a response that must not go to make room for it.
    ///   - events: the response whose events it adds.
    ///   - isAlone: whether it is done outside of a transaction.
    /// - Throws: also when the task is cancelled while the change waits; then it was not made.
    func write<Value: Sendable>(
        bytes: Int = 256, continuing continued: ResponseID? = nil, events: ResponseID? = nil, isAlone: Bool = false,
        _ body: @escaping @Sendable (inout WriteContext) throws -> Value
    ) async throws(StoreError) -> Value {
        let number = Mutex<Int?>(nil)
        let answer: Result<Value, StoreError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                add(
                    WriteJob(
                        bytes: bytes, continued: continued, events: events,
                        perform: { context in
                            let value = try body(&context)
                            return { continuation.resume(returning: .success(value)) }
                        }, isAlone: isAlone, fail: { continuation.resume(returning: .failure($0)) }),
                    number)
            }
        } onCancel: {
            let job = state.withLock { state in number.withLock { $0 }.flatMap { state.queue.remove($0) } }
            job?.fail(Self.cancelled)
        }
        return try answer.get()
    }

    /// Changes the file some time; what comes of it nobody hears.
    func writeLater(_ body: @escaping @Sendable (inout WriteContext) throws -> Void) {
        let number = Mutex<Int?>(nil)
        add(
            WriteJob(
                bytes: 256,
                perform: { context in
                    try body(&context)
                    return {}
                }, fail: { _ in }),
            number)
    }

    private static var cancelled: StoreError { .unavailable(reason: "cancelled before it was written") }

    private func add(_ job: WriteJob, _ number: borrowing Mutex<Int?>) {
        let added: Result<Bool, StoreError> = state.withLock { state in
            // A cancellation comes before this, and is seen here, or finds the number.
            guard !Task.isCancelled else { return .failure(Self.cancelled) }
            do throws(StoreError) {
                let added = try state.queue.add(job)
                number.withLock { $0 = added }
            } catch {
                return .failure(error)
            }
            defer { state.isWaiting = false }
            return .success(state.isWaiting)
        }
        switch added {
        case .success(true): wake.signal()
        case .success(false): break
        case .failure(let error): job.fail(error)
        }
    }

    // MARK: The thread

    /// Waits for changes; nil when no more will come.
    private func next() -> [WriteJob]? {
        while true {
            let taken: (jobs: [WriteJob], hasEnded: Bool) = state.withLock { state in
                let jobs = state.queue.take()
                state.isWaiting = jobs.isEmpty && !state.queue.hasEnded
                return (jobs, state.queue.hasEnded)
            }
            if !taken.jobs.isEmpty { return taken.jobs }
            if taken.hasEnded { return nil }
            wake.wait()
            // On a core that is shared with a loop: what that has in hand joins this commit, of which each costs as much as two changes.
            sched_yield()
        }
    }

    private func commit(_ jobs: [WriteJob], _ context: inout WriteContext) {
        do throws(StoreError) {
            // What is written to a file that has no name any more is gone with the process.
            try file.requireInPlace()
        } catch {
            for job in jobs { job.fail(error) }
            return
        }
        do {
            try tryToCommit(jobs, &context)
        } catch {
            // With others it may be anybody's fault: each for itself.
            if jobs.count > 1, Self.isOfOne(error) {
                for job in jobs { commit([job], &context) }
            } else if jobs.count == 1, (error as? DatabaseError)?.resultCode == .SQLITE_FULL {
                commit(withoutRoom: jobs[0], &context)
            } else {
                let error = StoreError(error)
                for job in jobs { job.fail(error) }
            }
        }
    }

    /// Whether an error may concern one change and not all that were tried with it.
    private static func isOfOne(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return true }
        return switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_READONLY, .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_NOTADB: false
        default: true
        }
    }

    /// Commits changes together and answers their callers.
    ///
    /// - Throws: with everything undone and nobody answered.
    private func tryToCommit(_ jobs: [WriteJob], _ context: inout WriteContext) throws {
        var answers: [@Sendable () -> Void] = []
        answers.reserveCapacity(jobs.count)
        if let job = jobs.first, job.isAlone { return try job.perform(&context)() }
        try transaction(&context) { context in
            for job in jobs {
                do {
                    answers.append(try job.perform(&context))
                } catch let error as StoreError {
                    answers.append { job.fail(error) }
                }
            }
        }
        // All at once: they go on beside each other while the next commit gathers.
        for answer in answers { answer() }
    }

    private func transaction(_ context: inout WriteContext, _ body: (inout WriteContext) throws -> Void) throws {
        let db = context.db
        do {
            try db.run("BEGIN IMMEDIATE")
            try body(&context)
            try context.finish()
            try hooks.beforeCommit()
            try db.run("COMMIT")
            context.held.committed()
        } catch {
            // Some errors end the transaction by themselves.
            if db.isInTransaction { try? db.run("ROLLBACK") }
            context.forget()
            context.held.undone()
            throw error
        }
    }

    // MARK: Room

    /// So much goes beyond what a change needs, so that the next ones find room as well; of a small file a part.
    private var spareBytes: Int { min(1 << 20, max((configuration.bytesMax ?? .max) / 16, 128 << 10)) }
    /// So many responses, or bytes of events, go with one commit.
    private static var goneAtOnceMax: Int { 64 }
    private static var eventBytesAtOnceMax: Int { 1 << 20 }
    /// On a full disk events go in steps, as each needs room in the log itself: of so many bytes first, and then twice as many.
    private static var eventBytesFirst: Int { 32 << 10 }
    private static var eventStepsMax: Int { 12 }
    /// So many commits that let something go make room for one change before it is given up.
    private static var roundsMax: Int { 64 }

    /// A change for which there was no room: lets events go, and then responses, when the file has its limit; uses again what
    /// the log took, and then lets events go, when the disk is full.
    private func commit(withoutRoom job: WriteJob, _ context: inout WriteContext) {
        var isAtLimit = false
        do {
            // What cannot be in the file at all moves nothing out of it.
            if let bytesMax = configuration.bytesMax, job.bytes > bytesMax { throw StoreError.full }
            isAtLimit = try self.isAtLimit(job, context)
            if isAtLimit {
                try makeRoom(for: job, &context)
                try tryToCommit([job], &context)
            } else {
                try commit(onFullDisk: job, &context)
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL && !isAtLimit {
            // It passes when the disk has room again, whatever is asked of the store.
            job.fail(.unavailable(reason: "the disk is full"))
        } catch {
            job.fail(StoreError(error))
        }
    }

    private func commit(onFullDisk job: WriteJob, _ context: inout WriteContext) throws {
        var bytes = Self.eventBytesFirst
        for step in 0...Self.eventStepsMax {
            // While somebody reads the log this does not succeed.
            try? checkpointer.empty(in: context.db)
            do {
                return try tryToCommit([job], &context)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
                guard step < Self.eventStepsMax, try giveEventsBack(bytes, for: job, &context) else { throw error }
                bytes *= 2
            }
        }
    }

    /// Lets events go, and gives half of their room back to the disk: a change needs room in the log, and then in the file.
    ///
    /// - Returns: whether there were any.
    private func giveEventsBack(_ bytes: Int, for job: WriteJob, _ context: inout WriteContext) throws -> Bool {
        var gone = 0
        try transaction(&context) { context in
            gone = try context.letEventsGo(bytes: bytes, ofRunning: true, sparing: job.events)
            if gone > 0 { try context.giveBack(pages: max(gone / FileSize(context.db).pageBytes / 2, 1)) }
        }
        return gone > 0
    }

    /// Whether it is the file's limit that leaves no room, and not the disk's.
    private func isAtLimit(_ job: WriteJob, _ context: WriteContext) throws -> Bool {
        let size = try FileSize(context.db)
        guard let pagesMax = size.pagesMax(configuration) else { return false }
        return (pagesMax - size.pages + size.freePages) * size.pageBytes < 2 * job.bytes + spareBytes
    }

    private func hasRoom(for job: WriteJob, _ context: WriteContext) throws -> Bool {
        let size = try FileSize(context.db)
        return size.freePages * size.pageBytes >= 2 * job.bytes + spareBytes
    }

    /// Lets events go until a change has room, and then responses: those are worth more for longer. At last the events of what
    /// runs: a response that ends is saved before anything of the way to it is.
    private func makeRoom(for job: WriteJob, _ context: inout WriteContext) throws {
        try letEventsGo(ofRunning: false, for: job, &context)
        if configuration.letsOldestGo { try letResponsesGo(for: job, &context) }
        if job.events == nil { try letEventsGo(ofRunning: true, for: job, &context) }
    }

    private func letEventsGo(ofRunning running: Bool, for job: WriteJob, _ context: inout WriteContext) throws {
        var gone = 1
        while try gone > 0 && !hasRoom(for: job, context) {
            try transaction(&context) { context in
                gone = try context.letEventsGo(bytes: Self.eventBytesAtOnceMax, ofRunning: running, sparing: job.events)
            }
        }
    }

    /// Lets responses go until a change has room, which begins where the last one ended: what has to stay is not looked at
    /// again each time.
    private func letResponsesGo(for job: WriteJob, _ context: inout WriteContext) throws {
        guard try !hasRoom(for: job, context) else { return }
        var commits = 0
        var isSecondWay = false
        while commits < Self.roundsMax {
            var gone = 0
            try transaction(&context) { context in
                gone = try context.letGo(usedBefore: .max, atMost: Self.goneAtOnceMax, on: \.roomSweep, sparing: job.continued)
            }
            if gone > 0 { commits += 1 }
            if try hasRoom(for: job, context) { return }
            guard context.roomSweep.isAtEnd else { continue }
            if isSecondWay, gone == 0 { return }
            isSecondWay = true
            context.roomSweep = Sweep()
        }
    }
}
