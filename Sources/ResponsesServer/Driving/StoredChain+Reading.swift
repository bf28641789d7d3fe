import ResponsesCore
import ResponsesStore

extension StoredChain {
    /// - Returns: nil when the owner has no such response, or nothing can open it any more.
    func read(from store: any ImmediateResponseStore) throws(StoreError) -> ChainNode? {
        var ancestor: ChainNode?
        let records = try store.chain(to: id, of: owner) { find($0, &ancestor) }
        return node(of: records, after: ancestor)
    }

    /// The same of a store that takes its time. When the task is cancelled it may throw `.unavailable`.
    func read(from store: any ResponseStore) async throws(StoreError) -> ChainNode? {
        var ancestor: ChainNode?
        let records = try await store.chain(to: id, of: owner) { find($0, &ancestor) }
        return node(of: records, after: ancestor)
    }
}
