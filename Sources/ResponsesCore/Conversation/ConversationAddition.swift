public import ResponsesAPI
public import ResponsesStore

/// What a turn adds to its conversation when its response is stored, and that it gives back its place there.
public struct ConversationAddition: Sendable {
    public let place: ConversationPlace
    /// What the client sent, each item with an id; what references stood for instead of them. Nil for a turn that adds nothing.
    private let input: [RawJSON]?

    init(at place: ConversationPlace, input: [RawJSON]) {
        self.place = place
        self.input = input
    }

    /// Of a turn that adds nothing.
    init(leaving place: ConversationPlace) {
        self.place = place
        input = nil
    }

    /// The items behind those that are there already: input, then output (responses-api 9).
    public func items(with record: ResponseRecord) -> [RawJSON] { input.map { $0 + record.output } ?? [] }

    /// The response whose chain is the whole list then; nil when nothing is added.
    public func head(with record: ResponseRecord) -> ResponseID? { input == nil ? nil : record.id }
}
