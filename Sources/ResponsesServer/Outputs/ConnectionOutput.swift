import ResponsesCore

/// Where a connection's events leave: WebSocket frames, SSE records, or one JSON answer. On the connection's event loop only.
protocol ConnectionOutput: AnyObject {
    /// Takes events, and the ends of turns among them.
    func write(_ events: EventBuffer)

    /// Stops to read from the client, or goes on.
    func holdInput(_ isHeld: Bool)

    /// Nothing more comes.
    func close(_ reason: Connection.CloseReason)
}
