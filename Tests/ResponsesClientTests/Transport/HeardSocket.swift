@testable import ResponsesTesting
@testable import ResponsesWebSocket

/// Records what a socket says.
final class HeardSocket: WebSocketDelegate, Sendable {
    let heard = Watched([String]())
    let onMessage: @Sendable (WebSocketHandler) -> Void

    init(onMessage: @escaping @Sendable (WebSocketHandler) -> Void = { _ in }) { self.onMessage = onMessage }

    func webSocketOpened(_ socket: WebSocketHandler) { heard.update { $0.append("opened") } }
    func webSocket(_ socket: WebSocketHandler, received message: WebSocketMessage) {
        if case .text(let bytes) = message { heard.update { $0.append(String(decoding: bytes, as: UTF8.self)) } }
        onMessage(socket)
    }
    func webSocketClosed(_ socket: WebSocketHandler, code: CloseCode, reason: String) {
        heard.update { $0.append("closed \(code)") }
    }
}
