import LibC
import ResponsesAPI
import ResponsesStore
import Testing

@testable import SQLiteStore

/// Processes that end, or stand still, at any moment.
@Suite(.enabled(if: ChildProgram.isBeside("store-saver"), "The program that saves is not beside this one."))
struct ProcessTests {
    private let folder = TemporaryFolder()

    private func saver() throws -> ChildProgram {
        try #require(ChildProgram([ChildProgram.beside("store-saver"), folder.file(), "8"]))
    }

    /// Requires that a store has what a process said that it saved, and whole chains.
    private func require(_ names: [Substring], in path: String) async throws {
        let store = try SQLiteStore(path: path)
        #expect(try SQLiteStoreInspection(path: path).check().problems == [])
        var newest: [Substring: Int] = [:]
        for name in names {
            let parts = name.split(separator: ".")
            newest[parts[0]] = max(newest[parts[0]] ?? -1, Int(parts[1]) ?? -1)
        }
        for (chain, number) in newest {
            let found = try await store.chain(to: ResponseID("resp_\(chain).\(number)"), of: .anybody) { _ in false }
            #expect(found?.map(\.id.rawValue) == (0...number).map { "resp_\(chain).\($0)" })
        }
        await store.close()
    }

    @Test func aKilledProcessLosesNothingThatItSaved() async throws {
        var saved = 0
        for _ in 0..<6 {
            let saver = try saver()
            let names = saver.waitForLines(Int.random(in: 1...400))
            #expect(!names.isEmpty)
            saver.signal(SIGKILL)
            let all = saver.readWritten()
            try await require(all, in: folder.file())
            saved += all.count
            for name in folder.names { unlink(folder.file(name)) }
        }
        #expect(saved > 6)
    }

    @Test func aCopyOfAStoppedProcessHasEverything() async throws {
        let saver = try saver()
        defer { saver.signal(SIGKILL) }
        for round in 1...6 {
            saver.waitForLines(round * Int.random(in: 100...200))
            saver.signal(SIGSTOP)
            let names = saver.readWritten()
            let copy = folder.file("copy\(round)")
            mkdir(copy, 0o700)
            let files = ["store.sqlite", "store.sqlite-wal"].map { folder.file($0) }
            #expect(ChildProgram.run(["cp"] + files + [copy]).code == 0)
            saver.signal(SIGCONT)
            try await require(names, in: "\(copy)/store.sqlite")
        }
    }

    @Test func anotherProcessHasTheLockUntilItIsKilled() async throws {
        let saver = try saver()
        saver.waitForLines(10)
        let failure = #expect(throws: SQLiteStoreFailure.self) { try SQLiteStore(path: folder.file()) }
        #expect(failure?.reason == .locked)
        #expect(failure?.description.contains("(process \(saver.process))") == true)
        // Looking is allowed.
        let inspection = try SQLiteStoreInspection(path: folder.file())
        #expect(try inspection.statistics().responses > 0)
        #expect(try inspection.list(limit: 3)?.responses.count == 3)
        saver.signal(SIGKILL)
        // Also at what a killed process left.
        let left = try SQLiteStoreInspection(path: folder.file())
        #expect(try left.statistics().responses >= saver.readWritten().count)
        #expect(try left.check().problems == [])
        let store = try SQLiteStore(path: folder.file())
        #expect(try await store.running().isEmpty)
        await store.close()
    }
}
