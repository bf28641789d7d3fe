/// A response that is remembered, and what came before it.
struct KnownPlace {
    let node: ChainNode
    let input: HistoryDigest
    let near: HistoryDigest
    /// How many messages of a request stand before it.
    let messages: Int
}
