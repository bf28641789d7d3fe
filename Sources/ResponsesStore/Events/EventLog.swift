public import ResponsesAPI

/// The events of responses that outlive their readers: a stream that broke goes on behind the last number its client saw
/// (responses-api 9).
///
/// A log is bounded and forgets its oldest events first. Whoever asks for what was forgotten gets nil, never a gap.
public protocol EventLog: Sendable {
    /// Adds events to a response's log, which the first call makes.
    ///
    /// Numbers that are there already are skipped, so a call may be repeated. When numbers are missing before the first,
    /// everything before the gap is forgotten.
    ///
    /// - Throws: `.full` when not even these events have room, `.taken` when the response is another owner's.
    func append(_ events: EventSlice, of id: ResponseID, owner: Owner) async throws(StoreError)

    /// The events with numbers above `number`, -1 for the first on: as many as have so many bytes together, and one at least.
    ///
    /// - Returns: nil when there is no log of this response, or some of these events were forgotten.
    func events(of id: ResponseID, after number: Int, atMost bytes: Int, owner: Owner) async throws(StoreError) -> EventSlice?

    /// Forgets a response's events.
    ///
    /// - Returns: whether there were any.
    func deleteEvents(of id: ResponseID, owner: Owner) async throws(StoreError) -> Bool
}

extension EventLog {
    /// All events with numbers above `number`.
    package func events(of id: ResponseID, after number: Int, owner: Owner) async throws(StoreError) -> EventSlice? {
        try await events(of: id, after: number, atMost: .max, owner: owner)
    }
}
