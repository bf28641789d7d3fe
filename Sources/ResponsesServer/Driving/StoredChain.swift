import ResponsesAPI
import ResponsesCore
import ResponsesStore

/// A stored response on its way back into memory: its records become a node, which the cache keeps when it is for
/// more than one turn.
struct StoredChain: Sendable {
    let id: ResponseID
    let owner: Owner
    /// Whether every item of the conversation is wanted, not only what a continuation needs.
    let isWhole: Bool
    let cache: ChainCache
    let sealer: any ContentSealer

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

    /// Holds the ancestor that the cache has, so that it is still there when the records behind it are.
    private func find(_ parent: ResponseID, _ ancestor: inout ChainNode?) -> Bool {
        if !isWhole { ancestor = cache.node(parent, of: owner) }
        return ancestor != nil
    }

    private func node(of records: [ResponseRecord]?, after ancestor: ChainNode?) -> ChainNode? {
        guard let records,
            let node = ChainNode.chain(of: records, after: ancestor, sealer: sealer, meter: cache.meter)
        else { return nil }
        // One with everything before it is for a single turn.
        if !isWhole { cache.insert(node, of: owner) }
        return node
    }
}
