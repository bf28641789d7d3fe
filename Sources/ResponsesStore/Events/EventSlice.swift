public import ResponsesAPI

/// Events of one response that follow each other, as they were written for the wire.
public struct EventSlice: Hashable, Sendable {
    /// The `sequence_number` of the first event; of the next one to come when there are none.
    public var first: Int
    public var events: [RawJSON]

    public init(first: Int, events: [RawJSON]) {
        self.first = first
        self.events = events
    }

    /// The number behind the last event's.
    public var end: Int { first + events.count }
}
