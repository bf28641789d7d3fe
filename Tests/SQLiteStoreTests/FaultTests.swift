import GRDB
import LibC
import ResponsesAPI
import ResponsesStore
import Testing

@testable import SQLiteStore

/// Disks and programs that misbehave: an error at most, and the store goes on when they do.
@Suite struct FaultTests {
    private let folder = TemporaryFolder()

    private func reason(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch StoreError.unavailable(let reason) {
            return reason
        } catch {
            return "\(error)"
        }
    }

    @Test func anotherProgramThatWrites() async throws {
        var configuration = SQLiteStore.Configuration()
        configuration.busyLimit = .milliseconds(50)
        let store = try SQLiteStore(path: folder.file(), configuration: configuration)
        try await store.save(.sample("before"))
        var unsafe = GRDB.Configuration()
        unsafe.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: folder.file(), configuration: unsafe)
        try await other.writeWithoutTransaction { db in try db.execute(sql: "BEGIN IMMEDIATE") }
        let reason = await reason { try await store.save(.sample("meanwhile")) }
        #expect(reason == "another program holds the database (SQLite 5, database is locked)")
        #expect(try await store.has("before"))
        try await other.writeWithoutTransaction { db in try db.execute(sql: "COMMIT") }
        try await store.save(.sample("behind"))
        #expect(try await store.has("behind"))
        #expect(try await !store.has("meanwhile"))
        try other.close()
        await store.close()
    }

    /// The system keeps an open file that has no name any more, so writing to it would succeed and be gone with the process.
    @Test func aFileThatIsMovedAway() async throws {
        let store = try SQLiteStore(path: folder.file())
        try await store.save(.sample("before"))
        #expect(try await store.has("before"))
        #expect(rename(folder.file(), folder.file("aside")) == 0)
        #expect(await reason { try await store.save(.sample("meanwhile")) }?.hasPrefix("'\(folder.file())' was moved or deleted") == true)
        #expect(await reason { _ = try await store.delete("resp_before", of: .alice) } != nil)
        #expect(try await store.has("before"))
        // Another one in its place is not the one that is open.
        close(open(folder.file(), O_CREAT | O_RDWR, 0o600))
        #expect(await reason { try await store.save(.sample("meanwhile")) } != nil)
        #expect(rename(folder.file("aside"), folder.file()) == 0)
        try await store.save(.sample("behind"))
        #expect(try await store.has("behind"))
        #expect(try await !store.has("meanwhile"))
        await store.close()
    }

    @Test(arguments: [(false, "cut"), (true, "overwritten")])
    func damagedPages(_ overwritten: Bool, _ how: String) async throws {
        var store = try SQLiteStore(path: folder.file())
        let records = (0..<200).map { ResponseRecord.sample("\($0)", bytes: 6000) }
        for record in records { try await store.save(record) }
        await store.close()
        let descriptor = open(folder.file(), O_RDWR)
        var facts = stat()
        fstat(descriptor, &facts)
        let middle = Int(facts.st_size) / 2
        if overwritten {
            let garbage = [UInt8](repeating: 0x5A, count: 40 * 4096)
            _ = garbage.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(middle)) }
        } else {
            ftruncate(descriptor, off_t(middle))
        }
        close(descriptor)
        do {
            store = try SQLiteStore(path: folder.file())
        } catch {
            #expect(error.reason == .corrupt, "\(error)")
            return
        }
        var damaged = 0
        for record in records {
            do {
                let found = try await store.response(record.id, of: .alice)
                #expect(found == nil || record.isSame(as: found), "Never something else than was saved.")
                if found == nil { damaged += 1 }
            } catch {
                guard case .unavailable(let reason) = error else { return #expect(Bool(false), "\(error)") }
                #expect(reason.hasPrefix("the database is damaged") || reason.hasPrefix("the disk failed"), "\(reason)")
                damaged += 1
            }
        }
        #expect(damaged > 0)
        // What works goes on, and what does not says so.
        for number in 0..<20 { _ = await reason { try await store.save(.sample("new\(number)", bytes: 6000)) } }
        #expect(await reason { _ = try await store.delete("resp_0", of: .alice) } != "full")
        await store.close()
        let check = try SQLiteStoreInspection(path: folder.file()).check()
        #expect(!check.isWhole)
        #expect(check.problems.allSatisfy { $0.hasSuffix(".") })
    }

    @Test func damageThatSQLiteDoesNotSee() async throws {
        var store = try SQLiteStore(path: folder.file())
        try await store.save(.sample("a", bytes: 9000))
        try await store.save(.sample("b", bytes: 9000))
        await store.close()
        // In the middle of a value.
        let queue = try DatabaseQueue(path: folder.file())
        try await queue.write { db in
            try db.execute(
                sql: """
                    UPDATE responses SET items = CAST(substr(items, 1, 3000) || x'5A' || substr(items, 3002) AS BLOB)
                    WHERE id = 'resp_a'
                    """)
        }
        try queue.close()
        store = try SQLiteStore(path: folder.file())
        let damaged = await reason { _ = try await store.response("resp_a", of: .alice) }
        #expect(damaged == "the database is damaged: the response 'resp_a' cannot be read")
        #expect(try await store.has("b"))
        await store.close()
        #expect(try SQLiteStoreInspection(path: folder.file()).check().problems == ["The response 'resp_a' cannot be read."])
    }

    /// Changes the file where SQLite does not see that it is damaged.
    private func damage(_ sql: String) throws {
        let queue = try DatabaseQueue(path: folder.file())
        try queue.write { db in try db.execute(sql: sql) }
        try queue.close()
    }

    /// Ways to damage `resp_b`, by its own row and by what it shares with no other.
    static let damages = [
        "UPDATE responses SET items = zeroblob(length(items)) WHERE id = 'resp_b'",
        "UPDATE responses SET object = x'00' WHERE id = 'resp_b'",
        "UPDATE responses SET object = x'', items = x'' WHERE id = 'resp_b'",
        "UPDATE sharedBytes SET bytes = zeroblob(length(bytes)) WHERE key = (SELECT frame FROM responses WHERE id = 'resp_b')",
        "DELETE FROM sharedBytes WHERE key = (SELECT frame FROM responses WHERE id = 'resp_b')",
    ]

    /// A store with three responses, of which the second is damaged: it has a parent, a given id, a frame of its own and tools.
    private func damagedStore(_ sql: String, isRunning: Bool = false) async throws -> SQLiteStore {
        let store = try SQLiteStore(path: folder.file())
        try await store.save(.sample("a", isRunning: isRunning))
        var record = ResponseRecord.sample(
            "b", parent: "a", tools: #"[{"type":"function","name":"f"}]"#, model: "other", isRunning: isRunning)
        record.input.append(#"{"id":"mine","type":"message"}"#)
        try await store.save(record)
        var other = ResponseRecord.sample("c", isRunning: isRunning)
        other.input = record.input
        try await store.save(other)
        await store.close()
        try damage(sql)
        return try SQLiteStore(path: folder.file())
    }

    @Test(arguments: damages) func aDamagedResponseIsDeleted(_ sql: String) async throws {
        let store = try await damagedStore(sql)
        let reason = await reason { _ = try await store.response("resp_b", of: .alice) }
        #expect(reason == "the database is damaged: the response 'resp_b' cannot be read")
        #expect(try await !store.delete("resp_b", of: .bob))
        #expect(try await store.delete("resp_b", of: .alice))
        #expect(try await !store.has("b"))
        #expect(try await store.item("mine", of: .alice) != nil, "Another response has it as well.")
        #expect(try await store.hasAll("a", "c"))
        await store.close()
        #expect(try SQLiteStoreInspection(path: folder.file()).check() == SQLiteStoreCheck(responses: 2, conversations: 0))
    }

    @Test(arguments: damages) func aDamagedResponseIsBetweenOthers(_ sql: String) async throws {
        let store = try await damagedStore(sql)
        try await store.save(.sample("d", parent: "b"))
        #expect(try await store.delete("resp_b", of: .alice))
        #expect(await reason { _ = try await store.ids(to: "d") }?.hasPrefix("the database is damaged: the response 'resp_b'") == true)
        #expect(try await store.delete("resp_d", of: .alice))
        #expect(try await store.delete("resp_a", of: .alice))
        await store.close()
        #expect(try SQLiteStoreInspection(path: folder.file()).check() == SQLiteStoreCheck(responses: 1, conversations: 0))
    }

    @Test(arguments: damages) func aDamagedResponseHindersNoOther(_ sql: String) async throws {
        let store = try await damagedStore(sql, isRunning: true)
        #expect(try await store.running().map(\.id) == ["resp_a", "resp_c"])
        #expect(try await store.read { db in try RunningRows(db).damaged } == [], "It is found once.")
        #expect(try await store.running().map(\.id) == ["resp_a", "resp_c"])
        let inspection = try SQLiteStoreInspection(path: folder.file())
        let listings = try #require(try inspection.list(limit: 3)).responses
        #expect(listings.map(\.id) == ["resp_c", "resp_b", "resp_a"])
        // In its items alone, damage is seen when they are read.
        #expect(listings.map(\.isDamaged) == [false, !sql.contains("SET items"), false])
        #expect(try inspection.list(limit: 3, after: "resp_b")?.responses.map(\.id) == ["resp_a"])
        #expect(try inspection.has("resp_b") && !inspection.has("resp_x"))
        do {
            _ = try inspection.response("resp_b")
            #expect(Bool(false), "It is damaged.")
        } catch {
            #expect(error.reason == .damaged)
            #expect(error.description == "The response 'resp_b' of the store '\(folder.file())' is damaged and cannot be read.")
        }
        #expect(try inspection.statistics().responses == 3)
        #expect(try inspection.check().problems.contains { $0.contains("'resp_b'") })
        for id in listings.map(\.id) { #expect(try await store.forget(id)) }
        await store.close()
        #expect(try inspection.check() == SQLiteStoreCheck())
    }

    @Test(arguments: damages) func aDamagedResponseGoesWhenItIsOld(_ sql: String) async throws {
        var store = try await damagedStore(sql, isRunning: true)
        _ = try await store.running()
        await store.close()
        try damage("UPDATE responses SET usedAt = 5")
        var hooks = SQLiteStoreHooks()
        hooks.sleep = { if $0 >= SQLiteStore.lookInterval { throw CancellationError() } }
        store = try SQLiteStore(path: folder.file(), configuration: SQLiteStore.Configuration(), hooks: hooks)
        await store.run()
        await store.close()
        let check = try SQLiteStoreInspection(path: folder.file()).check()
        #expect(check == SQLiteStoreCheck(responses: 2, conversations: 0), "The others run.")
    }

    @Test(arguments: damages) func aDamagedResponseIsMendedByASave(_ sql: String) async throws {
        let store = try await damagedStore(sql, isRunning: true)
        let record = ResponseRecord.sample("b", parent: "a", model: "new")
        try await store.save(record)
        #expect(record.isSame(as: try await store.response("resp_b", of: .alice)))
        await store.close()
        #expect(try SQLiteStoreInspection(path: folder.file()).check() == SQLiteStoreCheck(responses: 3, conversations: 0))
    }

    /// Does something on a disk of 4 MiB.
    private func onSmallDisk(_ body: (String) async throws -> Void) async throws {
        guard geteuid() == 0 else { return print("Skipped: only root can mount a small disk.") }
        let disk = folder.file("disk")
        mkdir(disk, 0o700)
        guard ChildProgram.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs", disk]).code == 0 else {
            return print("Skipped: no file system can be mounted here.")
        }
        defer { _ = ChildProgram.run(["umount", "-l", disk]) }
        try await body(disk)
    }

    @Test func eventsMakeRoomOnAFullDisk() async throws {
        try await onSmallDisk { disk in
            let path = "\(disk)/store.sqlite"
            var store = try SQLiteStore(path: path)
            let event = RawJSON(validated: Array(repeating: UInt8(ascii: "1"), count: 20_000))
            for number in 0..<50 { try await store.append(EventSlice(first: number, events: [event]), of: "resp_done", owner: .alice) }
            try await store.save(.sample("running", bytes: 100, isRunning: true))
            await store.close()
            store = try SQLiteStore(path: path)
            var facts = statvfs()
            statvfs(disk, &facts)
            let free = Int(facts.f_bavail) * Int(facts.f_bsize) / 1024
            #expect(ChildProgram.run(["dd", "if=/dev/zero", "of=\(disk)/filler", "bs=1024", "count=\(free - 200)"]).code == 0)
            // More than the disk has.
            let record = ResponseRecord.sample("running", bytes: 300_000)
            try await store.save(record)
            #expect(record.isSame(as: try await store.response(record.id, of: .alice)))
            #expect(try await store.events(of: "resp_done", after: -1, owner: .alice) == nil, "The oldest are gone.")
            await store.close()
            #expect(try SQLiteStoreInspection(path: path).check().problems == [])
        }
    }

    @Test func aFullDisk() async throws { try await onSmallDisk { disk in try await fill(disk) } }

    private func fill(_ disk: String) async throws {
        let filler = "\(disk)/filler"
        #expect(ChildProgram.run(["dd", "if=/dev/zero", "of=\(filler)", "bs=1024", "count=2000"]).code == 0)
        let store = try SQLiteStore(path: "\(disk)/store.sqlite")
        var saved: [String] = []
        var failures = 0
        for number in 0..<1000 where failures < 20 {
            let reason = await reason { try await store.save(.sample("\(number)", bytes: 4000)) }
            if let reason {
                #expect(reason == "the disk is full")
                failures += 1
            } else {
                saved.append("\(number)")
            }
        }
        #expect(failures == 20 && saved.count > 50)
        for name in saved { #expect(try await store.has(name)) }
        unlink(filler)
        try await store.save(.sample("again", bytes: 4000))
        #expect(try await store.has("again"))
        await store.close()
        let check = try SQLiteStoreInspection(path: "\(disk)/store.sqlite").check()
        #expect(check.problems == [] && check.responses == saved.count + 1)
        // A store cannot be made where there is no room at all.
        #expect(ChildProgram.run(["dd", "if=/dev/zero", "of=\(filler)", "bs=1024", "count=8000"]).code != 0)
        do {
            await (try SQLiteStore(path: "\(disk)/another.sqlite")).close()
            #expect(Bool(false), "There is room.")
        } catch {
            #expect(error.reason == .full, "\(error)")
        }
    }
}
