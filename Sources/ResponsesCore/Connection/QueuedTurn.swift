import ResponsesAPI

/// One `response.create` that was accepted and whose turn has not come yet.
struct QueuedTurn: Sendable {
    /// Where a turn belongs, and what it is for.
    struct Place: Sendable {
        let streamID: StreamID?
        let purpose: TurnPurpose
    }

    let id: TurnID
    /// The lane; nil is the default one.
    let streamID: StreamID?
    let purpose: TurnPurpose
    let asked: AskedTurn
    let previousResponseID: ResponseID?
    /// The parent, held from acceptance on, so that the source lane's progress cannot take it away (websocket-mode 7.4).
    let parent: ConnectionMemory.Entry?
    /// Bytes of the message, for the queue's budget.
    let bytes: Int
}
