/// The id of a conversation, `conv_…`. Opaque: nothing is read out of it.
public struct ConversationID: RawRepresentable, Hashable, Sendable {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(_ rawValue: String) { self.rawValue = rawValue }
}
