import ResponsesAPI

/// What a program asked for: one turn on a lane.
struct TurnRequest: Sendable {
    /// All fields but the input, the parent and the lane.
    var settings: CreateRequest
    /// What is new.
    var items: [Item]
    /// A warmup: the engine's cache is filled and nothing is generated (websocket-mode 8).
    var isWarmup = false
}
