public import ResponsesAPI
public import ResponsesStore

/// A turn's place in a conversation: while it has it, no other turn begins there.
public struct ConversationPlace: Hashable, Sendable {
    public let conversation: ConversationID
    /// The turn, by the id of its response; nil for one that only looks, and has no place.
    public let turn: ResponseID?
}
