import ResponsesAPI

/// The input of a turn in a conversation.
struct ConversationInput: Sendable {
    let place: ConversationPlace
    /// What the client sent.
    let own: [Item]
    /// How many items of the conversation stand before that in the request.
    var countBefore: Int
}
