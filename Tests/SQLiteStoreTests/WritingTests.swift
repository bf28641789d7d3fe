import Dispatch
import GRDB
import ResponsesAPI
import ResponsesStore
import Synchronization
import Testing

@testable import SQLiteStore

/// The queue in front of the one who writes, and what becomes of changes that wait together.
@Suite struct WritingTests {
    private let folder = TemporaryFolder()

    /// A disk that stands still until it is let go: commits wait for it.
    private final class Gate: Sendable {
        private let isOpen = Mutex(true)
        private let reached = DispatchSemaphore(value: 0)
        private let opened = DispatchSemaphore(value: 0)

        func shut() { isOpen.withLock { $0 = false } }

        func open() {
            isOpen.withLock { $0 = true }
            opened.signal()
        }

        /// Waits until a commit waits.
        func waitUntilReached() async {
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async { [self] in
                    reached.wait()
                    continuation.resume()
                }
            }
        }

        func pass() {
            guard !isOpen.withLock({ $0 }) else { return }
            reached.signal()
            opened.wait()
        }
    }

    private func store(_ gate: Gate, waitingMax: Int = 8192, bytesMax: Int = 64 << 20) throws -> SQLiteStore {
        var configuration = SQLiteStore.Configuration()
        configuration.waitingWritesMax = waitingMax
        configuration.waitingBytesMax = bytesMax
        var hooks = SQLiteStoreHooks()
        hooks.beforeCommit = { gate.pass() }
        return try SQLiteStore(path: folder.file(), configuration: configuration, hooks: hooks)
    }

    @Test func whatWaitsTogetherIsCommittedTogether() async throws {
        let gate = Gate()
        let commits = Mutex(0)
        var hooks = SQLiteStoreHooks()
        hooks.beforeCommit = {
            gate.pass()
            commits.withLock { $0 += 1 }
        }
        let store = try SQLiteStore(path: folder.file(), configuration: SQLiteStore.Configuration(), hooks: hooks)
        gate.shut()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await store.save(.sample("first")) }
            await gate.waitUntilReached()
            for number in 0..<50 { group.addTask { try await store.save(.sample("n\(number)")) } }
            while store.writer.waiting < 50 { await Task.yield() }
            gate.open()
            try await group.waitForAll()
        }
        #expect(commits.withLock { $0 } == 2)
        for number in 0..<50 { #expect(try await store.has("n\(number)")) }
        await store.close()
    }

    @Test func oneThatIsRefusedHoldsUpNoOther() async throws {
        let gate = Gate()
        let store = try store(gate)
        try await store.save(.sample("taken", owner: .bob))
        gate.shut()
        let errors = Mutex<[String: StoreError]>([:])
        await withTaskGroup(of: Void.self) { group in
            let save = { @Sendable (name: String) in
                do throws(StoreError) { try await store.save(.sample(name)) } catch { errors.withLock { $0[name] = error } }
            }
            group.addTask { await save("first") }
            await gate.waitUntilReached()
            for name in ["a", "taken", "b"] { group.addTask { await save(name) } }
            while store.writer.waiting < 3 { await Task.yield() }
            gate.open()
        }
        #expect(errors.withLock { $0 } == ["taken": .taken])
        #expect(try await store.hasAll("a", "b"))
        #expect(try await store.has("taken", .bob))
        // What the refused one would have shared is not counted.
        await store.close()
        #expect(try SQLiteStoreInspection(path: folder.file()).check().problems == [])
    }

    @Test func anErrorOfOneIsNotTheOthers() async throws {
        let gate = Gate()
        let store = try store(gate)
        gate.shut()
        struct Broken: Error {}
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await store.save(.sample("first")) }
            await gate.waitUntilReached()
            group.addTask { try await store.save(.sample("a")) }
            group.addTask {
                let error = await #expect(throws: StoreError.self) {
                    try await store.writer.write { context in
                        try context.save(.sample("broken"))
                        throw Broken()
                    }
                }
                #expect(error == .unavailable(reason: "the database failed: Broken"))
            }
            while store.writer.waiting < 2 { await Task.yield() }
            gate.open()
            try await group.waitForAll()
        }
        #expect(try await store.has("a"))
        #expect(try await !store.has("broken"))
        await store.close()
    }

    @Test func aSlowDiskMakesTheQueueFullAndReadsGoOn() async throws {
        let gate = Gate()
        let store = try store(gate, waitingMax: 4)
        try await store.save(.sample("before"))
        gate.shut()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await store.save(.sample("first")) }
            await gate.waitUntilReached()
            for number in 0..<4 { group.addTask { try await store.save(.sample("n\(number)")) } }
            while store.writer.waiting < 4 { await Task.yield() }
            let error = await #expect(throws: StoreError.self) { try await store.save(.sample("fifth")) }
            guard case .unavailable(let reason) = error else { return #expect(Bool(false), "\(String(describing: error))") }
            #expect(reason.hasPrefix("the disk is too slow: 4 writes"))
            #expect(try await store.has("before"))
            #expect(try await !store.has("first"), "It is not committed yet.")
            gate.open()
            try await group.waitForAll()
        }
        try await store.save(.sample("fifth"))
        for name in ["first", "n0", "n1", "n2", "n3", "fifth"] { #expect(try await store.has(name)) }
        await store.close()
    }

    @Test func bytesThatWaitAreBounded() async throws {
        let gate = Gate()
        let store = try store(gate, bytesMax: 100_000)
        gate.shut()
        try await withThrowingTaskGroup(of: Void.self) { group in
            // Larger than all that may wait, it is taken when nothing else does.
            group.addTask { try await store.save(.sample("large", bytes: 300_000)) }
            await gate.waitUntilReached()
            group.addTask { try await store.save(.sample("second", bytes: 60_000)) }
            while store.writer.waiting < 1 { await Task.yield() }
            await #expect(throws: StoreError.self) { try await store.save(.sample("third", bytes: 60_000)) }
            gate.open()
            try await group.waitForAll()
        }
        #expect(try await store.hasAll("large", "second"))
        await store.close()
    }

    @Test func aCancelledWriteThatWaitsIsNotDone() async throws {
        let gate = Gate()
        let store = try store(gate)
        gate.shut()
        let first = Task { try await store.save(.sample("first")) }
        await gate.waitUntilReached()
        let second = Task { try await store.save(.sample("second")) }
        while store.writer.waiting < 1 { await Task.yield() }
        second.cancel()
        let reason = StoreError.unavailable(reason: "cancelled before it was written")
        await #expect(throws: reason) { try await second.value }
        // What the writer has is done all the same.
        first.cancel()
        gate.open()
        try await first.value
        #expect(try await store.has("first"))
        #expect(try await !store.has("second"))
        let third = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await store.save(.sample("third"))
        }
        await #expect(throws: reason) { try await third.value }
        await store.close()
    }

    @Test func closingWritesWhatWaits() async throws {
        let gate = Gate()
        let store = try store(gate)
        gate.shut()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await store.save(.sample("first")) }
            await gate.waitUntilReached()
            group.addTask { try await store.save(.sample("second")) }
            while store.writer.waiting < 1 { await Task.yield() }
            group.addTask { await store.close() }
            gate.open()
            try await group.waitForAll()
        }
        let again = try SQLiteStore(path: folder.file())
        #expect(try await again.hasAll("first", "second"))
        await again.close()
    }

    @Test func aTurnThatCannotBeWrittenIsOverAllTheSame() async throws {
        let isBroken = Mutex(false)
        var hooks = SQLiteStoreHooks()
        hooks.beforeCommit = { if isBroken.withLock({ $0 }) { throw DatabaseError(resultCode: .SQLITE_IOERR) } }
        let store = try SQLiteStore(path: folder.file(), configuration: SQLiteStore.Configuration(), hooks: hooks)
        let conversation = Conversation(id: ConversationID("conv_a"), owner: .alice, createdAt: 0)
        try await store.create(conversation, items: [])
        // A turn that could not be begun is not running.
        isBroken.withLock { $0 = true }
        await #expect(throws: StoreError.self) { try await store.begin("resp_0", in: conversation.id, of: .alice) }
        isBroken.withLock { $0 = false }
        #expect(try await store.begin("resp_1", in: conversation.id, of: .alice) == .done(ConversationContext(items: [])))
        isBroken.withLock { $0 = true }
        await #expect(throws: StoreError.self) {
            try await store.end("resp_1", in: conversation.id, of: .alice, adding: [#"{"type":"message"}"#], head: nil)
        }
        isBroken.withLock { $0 = false }
        #expect(try await store.begin("resp_2", in: conversation.id, of: .alice) == .done(ConversationContext(items: [])))
        await store.close()
    }
}
