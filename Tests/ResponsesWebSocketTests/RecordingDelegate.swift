import NIOCore

@testable import ResponsesWebSocket

/// Records what a socket says, and does what a test asks for when it says it.
final class RecordingDelegate: WebSocketDelegate {
    var heard: [String] = []
    var onMessage: (WebSocketHandler) -> Void = { _ in }
    var onWritability: (WebSocketHandler) -> Void = { _ in }
    var onQuiesce: ((WebSocketHandler) -> Void)?

    func webSocketOpened(_ socket: WebSocketHandler) { heard.append("opened") }

    func webSocket(_ socket: WebSocketHandler, received message: WebSocketMessage) {
        heard += outcome([.message(message)])
        onMessage(socket)
    }

    func webSocketWritabilityChanged(_ socket: WebSocketHandler) {
        heard.append("writable \(socket.isWritable)")
        onWritability(socket)
    }

    func webSocketShouldQuiesce(_ socket: WebSocketHandler) {
        guard let onQuiesce else { return socket.close(code: .goingAway, reason: "server is going down") }
        onQuiesce(socket)
    }

    func webSocketClosed(_ socket: WebSocketHandler, code: CloseCode, reason: String) {
        heard.append("closed \(code)\(reason.isEmpty ? "" : " \(reason)")")
    }
}
