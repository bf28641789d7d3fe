import ResponsesAPI
import ResponsesStore

@testable import ResponsesTesting

/// A store in memory that takes its time: it keeps and finds nothing before the test says so.
final class HeldStore: ResponseStore {
    private struct State {
        var asked = 0
        var answered = 0
        var error: StoreError?
    }

    /// What it keeps.
    let kept = MemoryStore(bytesMax: 64 << 20)
    private let state = Watched(State())

    // MARK: For the test

    /// Returns when so many calls have come in all.
    func asked(_ count: Int) async { await state.wait { $0.asked >= count } }

    /// Answers so many more calls, in the order in which they came.
    func answer(_ count: Int = 1) { state.update { $0.answered += count } }

    /// From now on every call that is answered fails.
    func fail(_ error: StoreError) { state.update { $0.error = error } }

    // MARK: For the server

    /// - Throws: `.unavailable` when the call is cancelled before its answer.
    private func hold() async throws(StoreError) {
        let number = state.update { state in
            state.asked += 1
            return state.asked
        }
        await state.wait { $0.answered >= number }
        let now = state.state
        if let error = now.error { throw error }
        if now.answered < number { throw .unavailable(reason: "cancelled") }
    }

    func save(_ record: ResponseRecord) async throws(StoreError) {
        try await hold()
        try kept.save(record)
    }

    func response(_ id: ResponseID, of owner: Owner) async throws(StoreError) -> ResponseRecord? {
        try await hold()
        return kept.response(id, of: owner)
    }

    func chain(
        to id: ResponseID, of owner: Owner, holding isHeld: (ResponseID) -> Bool
    ) async throws(StoreError) -> [ResponseRecord]? {
        try await hold()
        return kept.chain(to: id, of: owner, holding: isHeld)
    }

    func item(_ id: String, of owner: Owner) async throws(StoreError) -> RawJSON? {
        try await hold()
        return kept.item(id, of: owner)
    }

    func inputItems(of id: ResponseID, _ page: Page, owner: Owner) async throws(StoreError) -> ItemPage? {
        try await hold()
        return try kept.inputItems(of: id, page, owner: owner)
    }

    func delete(_ id: ResponseID, of owner: Owner) async throws(StoreError) -> Bool {
        try await hold()
        return kept.delete(id, of: owner)
    }
}
