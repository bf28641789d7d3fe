import ResponsesAPI

/// Who has tables of nodes beside a `ChainCache`.
protocol DroppedNodes: AnyObject, Sendable {
    /// A node is not in the cache any more. Called outside of its lock.
    func dropped(_ id: ResponseID)
}
