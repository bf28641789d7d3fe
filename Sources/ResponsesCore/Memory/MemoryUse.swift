/// What bytes are held for. Whoever holds bytes of clients or engines has one of these, and counts them in an account.
public enum MemoryUse: CaseIterable, Sendable, Hashable {
    /// Connections by themselves, whether they say anything or not.
    case connections
    /// What came of a message or body that is not whole yet.
    case receiving
    /// Turns that wait for others.
    case waiting
    /// Requests of turns that have begun, from the message to the prompt.
    case requests
    /// Tools that are kept from one turn to the next, with what dialects made of them.
    case tools
    /// Responses while they are being made.
    case answers
    /// Events and answers that were written and not yet taken by the client.
    case unsent
    /// Events that are kept for those who read them later.
    case events
    /// Conversations that can be continued.
    case chains
    /// Responses that a store in memory keeps.
    case stored
}
