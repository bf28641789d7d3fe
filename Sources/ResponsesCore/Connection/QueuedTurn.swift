import ResponsesAPI

/// One `response.create` that was accepted and whose turn has not come yet.
struct QueuedTurn: Sendable {
    let id: TurnID
    /// The lane; nil is the default one.
    let streamID: StreamID?
    let purpose: TurnPurpose
    /// The request, or why it is wrong: said in the lane's order, as it is a turn of the lane that fails.
    let request: Result<CreateRequest, APIError>
    let previousResponseID: ResponseID?
    /// The parent, held from acceptance on, so that the source lane's progress cannot take it away (websocket-mode 7.4).
    let parent: ConnectionMemory.Entry?
    /// Bytes of the message, for the queue's budget.
    let bytes: Int
}
