import ResponsesAPI
import ResponsesStore

/// A stored response on its way back into memory: its records become a node, which the cache keeps when it is for
/// more than one turn. Whoever drives a turn asks the store in between.
package struct StoredChain: Sendable {
    package let id: ResponseID
    package let owner: Owner
    /// Whether every item of the conversation is wanted, not only what a continuation needs.
    private let isWhole: Bool
    private let cache: ChainCache
    private let sealer: OwnedSealer?

    package init(id: ResponseID, owner: Owner, isWhole: Bool, cache: ChainCache, sealer: (any ContentSealer)?) {
        self.id = id
        self.owner = owner
        self.isWhole = isWhole
        self.cache = cache
        self.sealer = sealer.map { OwnedSealer($0, owner: owner) }
    }

    /// Whether the store may stop at this ancestor. Holds it, so that it is still there when the records behind it are.
    package func find(_ parent: ResponseID, _ ancestor: inout ChainNode?) -> Bool {
        if !isWhole { ancestor = cache.node(parent, of: owner) }
        return ancestor != nil
    }

    /// - Returns: nil when the owner has no such response, or nothing can open it any more.
    package func node(of records: [ResponseRecord]?, after ancestor: ChainNode?) -> ChainNode? {
        guard let records, records.last?.canBeContinued == true,
            let node = ChainNode.chain(of: records, after: ancestor, sealer: sealer, account: cache.account(of: owner))
        else { return nil }
        // One with everything before it is for a single turn.
        if !isWhole { cache.insert(node, of: owner) }
        return node
    }
}
