/// Hears what happens on one WebSocket. All calls come on the connection's event loop, and none from inside a method of the
/// socket, `abort` excepted.
package protocol WebSocketDelegate: AnyObject {
    /// The socket can be used. The first call.
    func webSocketOpened(_ socket: WebSocketHandler)

    /// A whole message came; text is known to be UTF-8. Never after `close` or `webSocketClosed`.
    func webSocket(_ socket: WebSocketHandler, received message: WebSocketMessage)

    /// `receivingBytes` or `pendingBytes` changed by some kilobytes, or fell to nothing.
    func webSocketHoldingChanged(_ socket: WebSocketHandler)

    /// `isWritable` changed.
    func webSocketWritabilityChanged(_ socket: WebSocketHandler)

    /// The server wants to shut down: finish what runs, then close. By default closes with 1001 at once.
    func webSocketShouldQuiesce(_ socket: WebSocketHandler)

    /// The socket is over; the last call, made exactly once after `webSocketOpened`. Nothing sent from now on leaves.
    ///
    /// The code is the peer's, 1005 when its close frame had none, the one this end closed with when it broke a rule, and 1006
    /// when TCP ended or time ran out without a close frame.
    func webSocketClosed(_ socket: WebSocketHandler, code: CloseCode, reason: String)
}

extension WebSocketDelegate {
    package func webSocketHoldingChanged(_ socket: WebSocketHandler) {}

    package func webSocketWritabilityChanged(_ socket: WebSocketHandler) {}

    package func webSocketShouldQuiesce(_ socket: WebSocketHandler) {
        socket.close(code: .goingAway, reason: "server is going down")
    }
}
