import ResponsesCore
import ResponsesWebSocket

extension WebSocketLimits {
    init(_ limits: Limits) {
        self.init()
        messageBytesMax = limits.messageBytesMax
        fragmentsMax = limits.fragmentsMax
        closeTimeout = limits.closeTimeout
        pingInterval = limits.pingInterval
        pongTimeout = limits.pongTimeout
    }
}
