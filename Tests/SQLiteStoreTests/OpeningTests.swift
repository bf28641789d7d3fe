import GRDB
import LibC
import ResponsesStore
import Testing

@testable import SQLiteStore

/// What opening makes, and what it refuses with which sentence.
@Suite struct OpeningTests {
    private let folder = TemporaryFolder()

    private func failure(_ path: String? = nil, _ change: (inout SQLiteStore.Configuration) -> Void = { _ in }) -> SQLiteStoreFailure? {
        var configuration = SQLiteStore.Configuration()
        change(&configuration)
        do {
            _ = try SQLiteStore(path: path ?? folder.file(), configuration: configuration)
            return nil
        } catch {
            return error
        }
    }

    private func mode(_ name: String) -> mode_t {
        var facts = stat()
        return lstat("\(folder.path)/\(name)", &facts) == 0 ? facts.st_mode & 0o777 : 0
    }

    @Test func everyFileIsItsUsersOnly() async throws {
        let before = umask(0)
        defer { umask(before) }
        let store = try SQLiteStore(path: folder.file())
        try await store.save(.sample("a"))
        #expect(folder.names == ["store.sqlite", "store.sqlite-shm", "store.sqlite-wal", "store.sqlite.lock"])
        for name in folder.names { #expect(mode(name) == 0o600, "\(name)") }
        await store.close()
    }

    @Test func aFileThatOthersMayReadIsClosedToThem() async throws {
        await (try SQLiteStore(path: folder.file())).close()
        chmod(folder.file(), 0o644)
        let store = try SQLiteStore(path: folder.file())
        #expect(mode("store.sqlite") == 0o600)
        await store.close()
    }

    @Test func whatWasSavedIsThereAgain() async throws {
        var store = try SQLiteStore(path: folder.file())
        try await store.saveChain(["a", "b", "c"])
        await store.close()
        store = try SQLiteStore(path: folder.file())
        #expect(try await store.ids(to: "c") == ["a", "b", "c"])
        await store.close()
    }

    @Test func aStoreThatIsDroppedLetsItsLockGo() async throws {
        do {
            let store = try SQLiteStore(path: folder.file())
            try await store.save(.sample("a"))
        }
        // Its threads end by themselves.
        var store: SQLiteStore?
        while store == nil {
            store = try? SQLiteStore(path: folder.file())
            await Task.yield()
        }
        #expect(try await store?.has("a") == true)
        await store?.close()
    }

    @Test func aClosedStoreSaysSo() async throws {
        let store = try SQLiteStore(path: folder.file())
        await store.close()
        await store.close()
        await #expect(throws: StoreError.unavailable(reason: "the store is closed")) { try await store.save(.sample("a")) }
        await #expect(throws: StoreError.self) { try await store.has("a") }
    }

    @Test func anotherProcessIsToldWhoHasIt() async throws {
        let store = try SQLiteStore(path: folder.file())
        let failure = failure()
        #expect(failure?.reason == .locked)
        #expect(failure?.description == "Another process (process \(getpid())) has the store '\(folder.file())' open; end that one "
            + "first, or choose another file.")
        await store.close()
        #expect(self.failure() == nil)
    }

    @Test func whatStandsInTheWayIsRefused() throws {
        symlink("/etc/hostname", folder.file())
        #expect(failure()?.reason == .inTheWay)
        #expect(failure()?.description == "'\(folder.file())' is a symbolic link; name the file itself.")
        unlink(folder.file())
        mkdir(folder.file(), 0o700)
        #expect(failure()?.reason == .inTheWay)
        rmdir(folder.file())
        mkfifo(folder.file(), 0o600)
        #expect(failure()?.reason == .inTheWay)
        unlink(folder.file())
        #expect(failure("\(folder.path)/nothing/store.sqlite")?.reason == .missing)
        #expect(failure("\(folder.file("store.sqlite.lock"))/x")?.description.contains("is not a folder") == true)
    }

    @Test func anotherUsersFileIsRefused() throws {
        guard geteuid() == 0 else { return print("Skipped: only root can give a file to another user.") }
        close(open(folder.file(), O_CREAT | O_WRONLY, 0o600))
        chown(folder.file(), 65534, 65534)
        #expect(failure()?.description.contains("belongs to another user") == true)
    }

    @Test func noFileIsMadeWhereNoneIsWanted() {
        #expect(failure { $0.createsFile = false }?.description == "There is no store at '\(folder.file())'.")
        #expect(folder.names == [])
    }

    @Test func whatIsNoDatabaseIsRefused() throws {
        let descriptor = open(folder.file(), O_CREAT | O_WRONLY, 0o600)
        let text = String(repeating: "This is a text. ", count: 1000)
        _ = text.withCString { write(descriptor, $0, strlen($0)) }
        close(descriptor)
        let failure = failure()
        #expect(failure?.reason == .notAStore)
        #expect(failure?.description == "'\(folder.file())' is not a database; give the store a file of its own.")
    }

    @Test func anotherProgramsDatabaseIsLeftAlone() throws {
        let other = try DatabaseQueue(path: folder.file())
        try other.write { db in try db.execute(sql: "CREATE TABLE players (name TEXT)") }
        try other.close()
        #expect(failure()?.reason == .notAStore)
        let mode = try DatabaseQueue(path: folder.file()).read { db in try String.fetchOne(db, sql: "PRAGMA journal_mode") }
        #expect(mode == "delete", "Even its journal is as it was.")
    }

    @Test func aNewerStoreIsLeftAlone() async throws {
        await (try SQLiteStore(path: folder.file())).close()
        let queue = try DatabaseQueue(path: folder.file())
        try await queue.write { db in try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('2-of-another-time')") }
        try queue.close()
        let failure = failure()
        #expect(failure?.reason == .newer)
        #expect(failure?.description.contains("newer version of this program") == true)
        #expect(throws: SQLiteStoreFailure.self) { try SQLiteStoreInspection(path: folder.file()) }
    }

    @Test func settingsAreThoseThatWereAskedFor() async throws {
        for (synchronous, number) in [(SQLiteStore.Configuration.Synchronous.normal, 1), (.full, 2)] {
            var configuration = SQLiteStore.Configuration()
            configuration.synchronous = synchronous
            configuration.bytesMax = 4 << 20
            let store = try SQLiteStore(path: folder.file(), configuration: configuration)
            let found = try await store.writer.write(isAlone: true) { context in
                try ["synchronous", "journal_mode", "auto_vacuum", "secure_delete", "max_page_count", "mmap_size"].map { name in
                    try context.db.first("PRAGMA \(name)") { $0.text(0) } ?? ""
                }
            }
            #expect(found == ["\(number)", "wal", "2", "1", "1024", "0"])
            await store.close()
        }
    }

    @Test func anotherUserIsToldThatTheFolderCannotBeWritten() async throws {
        guard geteuid() == 0 else { return print("Skipped: only root can run a program as another user.") }
        chmod(folder.path, 0o755)
        let saver = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", ChildProgram.beside("store-saver"), folder.file()]
        let found = ChildProgram.run(saver)
        guard let code = found.code, code != 126, code != 127 else { return print("Skipped: no setpriv, or it cannot run the program.") }
        #expect(code == 1)
        #expect(found.text == "The store's folder '\(folder.path)' cannot be written: Permission denied.\n")
        // Somebody else's file, in a folder that all may write.
        await (try SQLiteStore(path: folder.file())).close()
        chmod(folder.path, 0o777)
        unlink(folder.file("store.sqlite.lock"))
        #expect(ChildProgram.run(saver).text == "The store '\(folder.file())' cannot be written: Permission denied.\n")
        // Its own, which may only be read.
        chown(folder.file(), 65534, 65534)
        chmod(folder.file(), 0o400)
        unlink(folder.file("store.sqlite.lock"))
        #expect(ChildProgram.run(saver).text == "The store '\(folder.file())' cannot be written: Permission denied.\n")
    }
}
