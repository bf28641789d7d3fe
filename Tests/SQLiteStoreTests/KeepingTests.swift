import LibC
import ResponsesAPI
import ResponsesStore
import Synchronization
import Testing

@testable import SQLiteStore

/// What goes by itself, and when. Time is the test's.
@Suite struct KeepingTests {
    private let folder = TemporaryFolder()
    private static let day = 24 * 60 * 60

    /// Time, and the store's sleep: it looks once and then stays asleep until the next look is wanted.
    private final class Time: Sendable {
        private let now = Mutex(1_000_000_000)
        func pass(_ seconds: Int) { now.withLock { $0 += seconds } }

        var hooks: SQLiteStoreHooks {
            var hooks = SQLiteStoreHooks()
            hooks.now = { self.now.withLock { $0 } }
            // Steps follow each other at once; the end of a look ends `run`.
            hooks.sleep = { if $0 >= SQLiteStore.lookInterval { throw CancellationError() } }
            return hooks
        }
    }

    private let time = Time()

    private func store(_ change: (inout SQLiteStore.Configuration) -> Void = { _ in }) throws -> SQLiteStore {
        var configuration = SQLiteStore.Configuration()
        configuration.synchronous = .normal
        change(&configuration)
        return try SQLiteStore(path: folder.file(), configuration: configuration, hooks: time.hooks)
    }

    private func problems() throws -> [String] { try SQLiteStoreInspection(path: folder.file()).check().problems }

    @Test func responsesGoAfterTheRetention() async throws {
        let store = try store()
        try await store.save(.sample("old"))
        time.pass(29 * Self.day)
        try await store.save(.sample("new"))
        await store.run()
        #expect(try await store.ids(to: "new") == ["new"])
        time.pass(2 * Self.day)
        await store.run()
        #expect(try await store.ids(to: "old") == nil)
        #expect(try await store.ids(to: "new") == ["new"])
        await store.close()
        #expect(try problems() == [])
    }

    @Test func whatIsContinuedProtectsWhatWasBefore() async throws {
        let store = try store()
        try await store.saveChain(["a", "b", "c"])
        try await store.save(.sample("fork", parent: "a"))
        time.pass(20 * Self.day)
        try await store.save(.sample("d", parent: "c"))
        time.pass(20 * Self.day)
        await store.run()
        #expect(try await store.ids(to: "fork") == nil)
        #expect(try await store.read { db in try db.row("resp_d", of: .alice) } != nil)
        time.pass(11 * Self.day)
        await store.run()
        #expect(try SQLiteStoreInspection(path: folder.file()).statistics().responses == 0, "They go together, the newest first.")
        await store.close()
        #expect(try problems() == [])
    }

    @Test func readingCountsAsUse() async throws {
        let store = try store()
        try await store.saveChain(["a", "b"])
        try await store.saveChain(["x", "y"])
        time.pass(29 * Self.day)
        #expect(try await store.ids(to: "b") == ["a", "b"])
        time.pass(2 * Self.day)
        await store.run()
        #expect(try await store.ids(to: "b") == ["a", "b"])
        #expect(try await store.ids(to: "y") == nil)
        await store.close()
    }

    @Test func withoutARetentionNothingGoes() async throws {
        let store = try store { $0.retention = nil }
        try await store.save(.sample("a"))
        time.pass(10_000 * Self.day)
        await store.run()
        #expect(try await store.has("a"))
        await store.close()
    }

    @Test func runningResponsesStay() async throws {
        let store = try store()
        try await store.save(.sample("a", isRunning: true))
        time.pass(31 * Self.day)
        await store.run()
        #expect(try await store.running().map(\.id) == ["resp_a"])
        await store.close()
    }

    @Test func aDeletedChainOfAnyLengthGoesInSteps() async throws {
        let store = try store { $0.retention = nil }
        let names = (0..<700).map { "\($0)" }
        try await store.saveChain(names)
        for name in names { #expect(try await store.delete(ResponseID("resp_\(name)"), of: .alice)) }
        let inspection = try SQLiteStoreInspection(path: folder.file())
        #expect(try inspection.statistics().deletedResponses > 0, "Not all at once.")
        await store.run()
        #expect(try inspection.statistics().deletedResponses == 0)
        await store.close()
        #expect(try problems() == [])
    }

    @Test func manyOldOnesGoInOneLook() async throws {
        let store = try store()
        for chain in 0..<40 { try await store.saveChain((0..<20).map { "\(chain).\($0)" }, bytes: 40) }
        time.pass(31 * Self.day)
        try await store.saveChain(["kept"])
        await store.run()
        let statistics = try SQLiteStoreInspection(path: folder.file()).statistics()
        #expect(statistics.responses == 1 && statistics.sharedTexts == 1)
        await store.close()
    }

    @Test func eventsGoAfterTheirTime() async throws {
        let store = try store()
        func slice(_ range: Range<Int>) -> EventSlice {
            EventSlice(first: range.lowerBound, events: range.map { RawJSON(validated: Array("\($0)".utf8)) })
        }
        try await store.append(slice(0..<3), of: "resp_old", owner: .alice)
        try await store.append(slice(0..<3), of: "resp_used", owner: .alice)
        time.pass(200)
        try await store.append(slice(3..<4), of: "resp_used", owner: .alice)
        time.pass(200)
        await store.run()
        #expect(try await store.events(of: "resp_old", after: -1, owner: .alice) == nil)
        #expect(try await store.events(of: "resp_used", after: -1, owner: .alice) == slice(0..<4))
        await store.close()
    }

    @Test func eventsAreBounded() async throws {
        let store = try store { $0.eventBytesMax = 40_000 }
        func slice(_ number: Int, _ bytes: Int) -> EventSlice {
            EventSlice(first: number, events: [RawJSON(validated: Array(repeating: UInt8(ascii: "1"), count: bytes))])
        }
        // One response's forget their oldest.
        for number in 0..<10 { try await store.append(slice(number, 2000), of: "resp_long", owner: .alice) }
        #expect(try await store.events(of: "resp_long", after: 3, owner: .alice) == nil)
        #expect(try await store.events(of: "resp_long", after: 8, owner: .alice)?.events.count == 1)
        await #expect(throws: StoreError.full) { try await store.append(slice(0, 11_000), of: "resp_larger", owner: .alice) }
        // Of all together those go that got nothing for the longest time.
        for response in 0..<10 {
            time.pass(1)
            try await store.append(slice(0, 8000), of: ResponseID("resp_\(response)"), owner: .alice)
        }
        var there: [Int] = []
        for response in 0..<10 where try await store.events(of: ResponseID("resp_\(response)"), after: -1, owner: .alice) != nil {
            there.append(response)
        }
        #expect(there == [6, 7, 8, 9])
        #expect(try await store.events(of: "resp_long", after: 8, owner: .alice) == nil)
        await store.close()
        #expect(try problems() == [])
    }

    private func events(_ number: Int, bytes: Int) -> EventSlice {
        EventSlice(first: number, events: [RawJSON(validated: Array(repeating: UInt8(ascii: "1"), count: bytes))])
    }

    private func logs(_ store: SQLiteStore, _ names: Range<Int>) async throws -> [Int] {
        var there: [Int] = []
        for name in names {
            let last = try await store.read { db in try db.eventLog(ResponseID("resp_\(name)")) }
            if last != nil { there.append(name) }
        }
        return there
    }

    @Test func eventsHaveAnEighthOfTheFile() async throws {
        let store = try store { $0.bytesMax = 4 << 20 }
        for number in 0..<50 { try await store.save(.sample("kept\(number)", bytes: 2000)) }
        // Twenty times what the file may have.
        for response in 0..<40 {
            time.pass(1)
            for number in 0..<64 { try await store.append(events(number, bytes: 32 << 10), of: ResponseID("resp_\(response)"), owner: .alice) }
        }
        for number in 0..<50 { #expect(try await store.has("kept\(number)")) }
        let bytes = try await store.read { db in try db.first("SELECT total(length(events)) FROM eventSlices") { $0.int(0) } }
        #expect(try #require(bytes) <= 512 << 10)
        #expect(try await store.events(of: "resp_39", after: 62, owner: .alice)?.events.count == 1)
        #expect(try await store.events(of: "resp_39", after: 59, owner: .alice) == nil, "One response's have a quarter of it.")
        await store.close()
        #expect(try problems() == [])
    }

    @Test func eventsGoBeforeResponses() async throws {
        let store = try store { $0.bytesMax = 4 << 20 }
        for response in 0..<10 {
            try await store.append(events(0, bytes: 40 << 10), of: ResponseID("resp_\(response)"), owner: .alice)
            time.pass(1)
        }
        var saved = 0
        var there = 10
        while there > 0, saved < 10_000 {
            try await store.save(.sample("kept\(saved)", bytes: 4000))
            time.pass(1)
            saved += 1
            let left = try await logs(store, 0..<10)
            #expect(left == Array((10 - left.count)..<10), "The oldest go first.")
            there = left.count
        }
        #expect(saved > 500 && saved < 1000)
        for number in 0..<saved { #expect(try await store.has("kept\(number)")) }
        // What is running has room for its events all the same.
        for number in 0..<8 { try await store.append(events(number, bytes: 40 << 10), of: "resp_new", owner: .alice) }
        #expect(try await store.events(of: "resp_new", after: 6, owner: .alice)?.events.count == 1)
        await store.close()
        #expect(try problems() == [])
    }

    /// Also where no response goes by itself, a running one ends: events make room for it.
    @Test func aRunningResponseEndsInAFullFile() async throws {
        let store = try store {
            $0.bytesMax = 2 << 20
            $0.letsOldestGo = false
        }
        try await store.save(.sample("running", bytes: 40, isRunning: true))
        var saved = 0
        while (try? await store.save(.sample("\(saved)", bytes: 4000))) != nil { saved += 1 }
        for number in 0..<40 { #expect(try await store.delete(ResponseID("resp_\(number)"), of: .alice)) }
        func free() async throws -> Int {
            let size = try await store.read { db in try FileSize(db) }
            return (2 << 20) - (size.pages - size.freePages) * size.pageBytes
        }
        for number in 0..<5 { try await store.append(events(number, bytes: 8000), of: "resp_running", owner: .alice) }
        var appended = 0
        while try await free() > 100_000 {
            try await store.append(events(0, bytes: 8000), of: ResponseID("resp_\(appended)"), owner: .alice)
            appended += 1
        }
        #expect(try await logs(store, 0..<appended).count == appended)
        try await store.save(.sample("running", bytes: 120_000))
        #expect(try await logs(store, 0..<appended) == [])
        #expect(try await store.events(of: "resp_running", after: 3, owner: .alice) == nil)
        #expect(try await store.running().isEmpty)
        await store.close()
        #expect(try problems() == [])
    }

    @Test func theFileKeepsItsLimit() async throws {
        let store = try store { $0.bytesMax = 4 << 20 }
        try await store.create(Conversation(id: ConversationID("conv_a"), owner: .alice, createdAt: 0), items: [])
        // An old chain that is continued all the time, and others.
        try await store.save(.sample("kept0", bytes: 2000))
        for number in 0..<400 {
            time.pass(1)
            try await store.saveChain((0..<5).map { "\(number).\($0)" }, bytes: 4000)
            if number % 10 == 0 { try await store.save(.sample("kept\(number / 10 + 1)", parent: "kept\(number / 10)", bytes: 2000)) }
        }
        var facts = stat()
        #expect(stat(folder.file(), &facts) == 0 && facts.st_size <= 4 << 20)
        #expect(try await store.ids(to: "kept40")?.count == 41, "What is continued is used, and all before it stays.")
        #expect(try await store.ids(to: "399.4")?.count == 5)
        #expect(try await store.ids(to: "0.4") == nil)
        #expect(try await store.conversation(ConversationID("conv_a"), of: .alice) != nil)
        // Larger than everything that may go.
        await #expect(throws: StoreError.full) { try await store.save(.sample("large", bytes: 8 << 20)) }
        await store.close()
        #expect(try problems() == [])
    }

    /// Rows that must stay are passed on the way to those that may go, however many they are.
    @Test func roomIsFoundBehindLongChains() async throws {
        let store = try store { $0.bytesMax = 2 << 20 }
        try await store.saveChain((0..<1200).map { "long\($0)" }, bytes: 40)
        time.pass(1)
        try await store.save(.sample("other", bytes: 200_000))
        for number in 1200..<1210 {
            time.pass(1)
            try await store.save(.sample("long\(number)", parent: "long\(number - 1)", bytes: 40))
        }
        var saved = 0
        while try await store.has("other"), saved < 100 {
            time.pass(1)
            saved += 1
            try await store.save(.sample("new\(saved)", parent: "long1209", bytes: 100_000))
        }
        #expect(try await !store.has("other"), "It was the oldest that nothing continues.")
        #expect(try await store.ids(to: "new\(saved)")?.count == 1211)
        await store.close()
        #expect(try problems() == [])
    }

    @Test func whereNothingMayGoSavesFail() async throws {
        let store = try store {
            $0.bytesMax = 1 << 20
            $0.letsOldestGo = false
        }
        var saved = 0
        do {
            while saved < 10_000 {
                try await store.save(.sample("\(saved)", bytes: 4000))
                saved += 1
            }
        } catch {
            #expect(error as? StoreError == .full)
        }
        #expect((50..<1000).contains(saved))
        for number in 0..<saved { #expect(try await store.has("\(number)")) }
        for number in 0..<20 { #expect(try await store.delete(ResponseID("resp_\(number)"), of: .alice)) }
        try await store.save(.sample("again", bytes: 4000))
        await store.close()
        #expect(try problems() == [])
    }

    @Test func roomIsGivenBack() async throws {
        let store = try store()
        for number in 0..<400 { try await store.save(.sample("\(number)", bytes: 8000)) }
        let before = try SQLiteStoreInspection(path: folder.file()).statistics().fileBytes
        time.pass(31 * Self.day)
        await store.run()
        let after = try SQLiteStoreInspection(path: folder.file()).statistics()
        #expect(before > 3 << 20 && after.fileBytes < before / 4, "\(before) \(after.fileBytes)")
        await store.close()
    }

    @Test func theLogIsBoundedAndEmptiedInTheEnd() async throws {
        let store = try store { $0.walBytesMax = 1 << 20 }
        var largest = 0
        for number in 0..<1500 {
            try await store.save(.sample("\(number)", bytes: 8000))
            largest = max(largest, StoreFile(path: folder.file("store.sqlite-wal")).bytes)
        }
        #expect(largest < 2 << 20, "\(largest)")
        await store.run()
        #expect(StoreFile(path: folder.file("store.sqlite-wal")).bytes == 0)
        await store.close()
    }

    @Test func whatIsDeletedDoesNotStayInTheFile() async throws {
        let store = try store()
        let marker = "a-marker-that-nothing-else-has"
        var record = ResponseRecord.sample("a")
        record.input = [RawJSON(validated: Array(#"{"id":"\#(marker)-id","content":"\#(String(repeating: marker, count: 1000))"}"#.utf8))]
        try await store.save(.sample("before"))
        try await store.save(record)
        try await store.save(.sample("behind"))
        #expect(try await store.delete(record.id, of: .alice))
        await store.run()
        await store.close()
        #expect(Self.bytes(of: folder.file()).firstRange(of: Array("resp_before".utf8)) != nil)
        #expect(Self.bytes(of: folder.file()).firstRange(of: Array(marker.utf8)) == nil)
    }

    private static func bytes(of path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: StoreFile(path: path).bytes)
        let count = read(descriptor, &bytes, bytes.count)
        return Array(bytes[..<max(count, 0)])
    }
}
