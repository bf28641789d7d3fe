/// What became of a change to a conversation.
public enum ConversationAnswer<Value: Sendable>: Sendable {
    case done(Value)
    /// A turn is running in it; the wire's answer is 409.
    case busy
    /// There is none, or not such an item in it, or it is another owner's.
    case missing
}

extension ConversationAnswer: Equatable where Value: Equatable {}
