import CPowerCut
import LibC
import ResponsesAPI
import ResponsesStore
import Synchronization
import Testing

@testable import SQLiteStore

/// The power goes: a layer between SQLite and its files knows what was synced, and keeps of the rest some pieces only.
@Suite(.serialized) struct PowerCutTests {
    /// Saves a chain on a disk whose power goes at many moments, and looks at what each of them leaves.
    ///
    /// - Parameter lookAt: gets how many responses of the chain were saved before a moment, and how many are there.
    private func cut(
        _ synchronous: SQLiteStore.Configuration.Synchronous, lookAt: (_ saved: Int, _ there: Int) -> Void
    ) async throws -> (lost: Int, images: Int) {
        let folder = TemporaryFolder()
        #expect(power_cut_install() == 0)
        power_cut_watch(folder.path)
        var configuration = SQLiteStore.Configuration()
        configuration.synchronous = synchronous
        // The log begins anew every few saves.
        configuration.walBytesMax = 200_000
        let cuts = Cuts(folder.path)
        var hooks = SQLiteStoreHooks()
        hooks.beforeCommit = { cuts.take(onlyEvery: 5) }
        power_cut_before_sync(
            { context in
                if let context { Unmanaged<Cuts>.fromOpaque(context).takeUnretainedValue().take(onlyEvery: 5) }
            }, Unmanaged.passUnretained(cuts).toOpaque())
        let store = try SQLiteStore(path: folder.file(), configuration: configuration, hooks: hooks)
        for number in 0..<160 {
            try await store.save(.sample("\(number)", parent: number == 0 ? nil : "\(number - 1)", bytes: 6000))
            cuts.saved(number + 1)
            cuts.take(onlyEvery: 5)
        }
        await store.close()
        power_cut_before_sync(nil, nil)
        power_cut_watch("/nowhere")
        for image in cuts.images {
            let there = try await Self.chainLength(in: "\(image.folder)/store.sqlite")
            lookAt(image.saved, there)
        }
        return (cuts.images.reduce(0) { $0 + $1.lost }, cuts.images.count)
    }

    /// Opens what was left, looks through all of it, and counts the chain's responses, of which none is missing in between.
    private static func chainLength(in path: String) async throws -> Int {
        let store = try SQLiteStore(path: path)
        let check = try SQLiteStoreInspection(path: path).check()
        #expect(check.problems == [])
        var there = 0
        while try await store.has("\(there)") { there += 1 }
        #expect(check.responses == there, "Only the newest are missing.")
        if there > 0 { #expect(try await store.ids(to: "\(there - 1)")?.count == there) }
        try await store.save(.sample("goes-on"))
        await store.close()
        return there
    }

    /// Images of the disk at several moments.
    private final class Cuts: Sendable {
        struct Image {
            var folder: String
            var saved: Int
            var lost: Int
        }

        private let folder: String
        private let state = Mutex((saved: 0, calls: 0, images: [Image]()))

        init(_ folder: String) { self.folder = folder }

        var images: [Image] { state.withLock { $0.images } }
        func saved(_ count: Int) { state.withLock { $0.saved = count } }

        func take(onlyEvery interval: Int) {
            state.withLock { state in
                state.calls += 1
                guard state.calls % interval == 0 else { return }
                let image = "\(folder)/image\(state.calls)"
                mkdir(image, 0o700)
                let lost = power_cut_image(image, UInt64(state.calls))
                #expect(lost >= 0)
                state.images.append(Image(folder: image, saved: state.saved, lost: Int(lost)))
            }
        }
    }

    /// A disk that fails for a while, at writing or at syncing: calls fail and say so, and what was saved is there.
    @Test(arguments: [
        (power_cut_writes, 778, "the disk failed (SQLite 778, disk I/O error)"),
        (power_cut_syncs, 1034, "the disk failed (SQLite 1034, disk I/O error)"),
        (power_cut_writes, 13, "the disk is full"),
        (power_cut_writes, 8, "the database cannot be written (SQLite 8, attempt to write a readonly database)"),
    ])
    func aDiskThatFailsForAWhile(_ kind: power_cut_kind, _ code: Int32, _ expected: String) async throws {
        let folder = TemporaryFolder()
        #expect(power_cut_install() == 0)
        power_cut_watch(folder.path)
        defer {
            power_cut_fail(kind, 0)
            power_cut_watch("/nowhere")
        }
        var configuration = SQLiteStore.Configuration()
        // With NORMAL a commit syncs nothing.
        configuration.synchronous = .full
        configuration.walBytesMax = 200_000
        // A commit that is not synced does not hear of it.
        configuration.synchronous = .full
        let store = try SQLiteStore(path: folder.file(), configuration: configuration)
        var saved: [String] = []
        for round in 0..<4 {
            for number in 0..<20 {
                try await store.save(.sample("\(round).\(number)", bytes: 4000))
                saved.append("\(round).\(number)")
            }
            power_cut_fail(kind, code)
            for number in 0..<3 {
                do {
                    try await store.save(.sample("failed\(round).\(number)", bytes: 4000))
                    #expect(Bool(false), "It was saved on a disk that fails.")
                } catch StoreError.unavailable(let reason) {
                    #expect(reason == expected)
                } catch {
                    #expect("\(error)" == expected)
                }
                #expect(try await store.has(saved[0]), "Reading goes on.")
            }
            power_cut_fail(kind, 0)
        }
        await store.close()
        let check = try SQLiteStoreInspection(path: folder.file()).check()
        #expect(check.problems == [] && check.responses == saved.count)
    }

    @Test func aLogThatCannotBeMovedIsToldOf() async throws {
        let folder = TemporaryFolder()
        #expect(power_cut_install() == 0)
        power_cut_watch(folder.path)
        defer {
            power_cut_fail(power_cut_syncs, 0)
            power_cut_watch("/nowhere")
        }
        var configuration = SQLiteStore.Configuration()
        configuration.synchronous = .normal
        configuration.walBytesMax = 200_000
        let store = try SQLiteStore(path: folder.file(), configuration: configuration)
        #expect(store.writer.checkpointer.takeFailure() == nil)
        power_cut_fail(power_cut_syncs, 1034)
        for number in 0..<100 { try await store.save(.sample("\(number)", bytes: 4000)) }
        power_cut_fail(power_cut_syncs, 0)
        #expect(store.writer.checkpointer.takeFailure() == .unavailable(reason: "the disk failed (SQLite 1034, disk I/O error)"))
        for number in 100..<200 { try await store.save(.sample("\(number)", bytes: 4000)) }
        await store.close()
        #expect(try SQLiteStoreInspection(path: folder.file()).check() == SQLiteStoreCheck(responses: 200, conversations: 0))
    }

    @Test func withFullEveryResponseThatWasSavedIsThere() async throws {
        let (lost, images) = try await cut(.full) { saved, there in
            #expect(there >= saved && there <= saved + 1, "\(there) of \(saved)")
        }
        #expect(images > 50 && lost > 100, "The power took something.")
    }

    @Test func withNormalTheNewestMayBeMissingAndNothingElse() async throws {
        var missing = 0
        let (lost, _) = try await cut(.normal) { saved, there in
            #expect(there <= saved + 1)
            missing += max(saved - there, 0)
        }
        #expect(lost > 100 && missing > 0, "This tells the two settings apart.")
    }
}
