import ResponsesCore

/// What is known in memory of a stored response that a turn is to continue.
enum HeldNode {
    /// It is held, and here.
    case cached(ChainNode)
    /// It is held, should the store have it.
    case stored
    /// It is on its way out of the store, or was never there. Nothing is held.
    case gone
}
