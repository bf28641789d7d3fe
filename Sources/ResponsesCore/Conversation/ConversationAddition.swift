public import ResponsesAPI
public import ResponsesStore

/// What a turn adds to its conversation when its response is stored.
public struct ConversationAddition: Sendable {
    public let place: ConversationPlace
    /// What the client sent, each item with an id; what references stood for instead of them.
    let input: [RawJSON]

    /// The items behind those that are there already: input, then output (responses-api 9).
    public func items(with record: ResponseRecord) -> [RawJSON] { input + record.output }
}
