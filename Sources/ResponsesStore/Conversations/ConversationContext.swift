public import ResponsesAPI

/// What a turn continues when it begins in a conversation.
public struct ConversationContext: Hashable, Sendable {
    /// A response whose chain is the beginning of the list, so that it need not be read and rendered anew; nil for none.
    public var head: ResponseID?
    /// The items behind that, oldest first; without a head, all of them.
    public var items: [RawJSON]

    public init(head: ResponseID? = nil, items: [RawJSON]) {
        self.head = head
        self.items = items
    }
}
