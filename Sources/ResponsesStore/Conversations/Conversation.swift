public import ResponsesAPI

/// A list of items that lives until it is deleted, and that turns are put behind (responses-api 9).
public struct Conversation: Hashable, Sendable {
    public var id: ConversationID
    public var owner: Owner
    /// Unix time in whole seconds.
    public var createdAt: Int
    /// The client's pairs, an object of strings.
    public var metadata: RawJSON

    public init(id: ConversationID, owner: Owner, createdAt: Int, metadata: RawJSON = .emptyObject) {
        self.id = id
        self.owner = owner
        self.createdAt = createdAt
        self.metadata = metadata
    }
}
