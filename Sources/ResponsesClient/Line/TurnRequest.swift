import ResponsesAPI

/// What a program asked for: one turn on a lane.
struct TurnRequest: Sendable {
    /// All fields but the input, the parent and the lane.
    var settings: CreateRequest
    /// What is new.
    var items: [Item]
    /// A warmup: the engine is filled and nothing is generated (WebSocket guide, section 8).
    var isWarmup = false
}
