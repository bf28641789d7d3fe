import ResponsesWebSocket

/// Sends back what comes, and stops reading while the peer does not take it.
final class EchoConnection: WebSocketDelegate {
    func webSocketOpened(_ socket: WebSocketHandler) {}

    func webSocket(_ socket: WebSocketHandler, received message: WebSocketMessage) {
        switch message {
        case .text(let bytes): bytes.withUnsafeBytes { socket.sendText($0) }
        case .binary(let bytes): bytes.withUnsafeBytes { socket.sendBinary($0) }
        }
        if !socket.isWritable { socket.pauseReading() }
    }

    func webSocketWritabilityChanged(_ socket: WebSocketHandler) {
        if socket.isWritable { socket.resumeReading() }
    }

    func webSocketClosed(_ socket: WebSocketHandler, code: CloseCode, reason: String) {}
}
