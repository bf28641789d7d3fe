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
        #expect(damaged == "the database is damaged: a row of it cannot be read")
        #expect(try await store.has("b"))
        await store.close()
        #expect(try SQLiteStoreInspection(path: folder.file()).check().problems == ["The response 'resp_a' cannot be read."])
    }

    @Test func aFullDisk() async throws {
        guard geteuid() == 0 else { return print("Skipped: only root can mount a small disk.") }
        let disk = folder.file("disk")
        mkdir(disk, 0o700)
        guard ChildProgram.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs", disk]).code == 0 else {
            return print("Skipped: no file system can be mounted here.")
        }
        defer { _ = ChildProgram.run(["umount", "-l", disk]) }
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
