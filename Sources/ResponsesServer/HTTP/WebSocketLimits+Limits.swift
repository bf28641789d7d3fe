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
        // The events of one step: a response's end has its text four times, its beginning has instructions and tools twice. What
        // of it is not sent is in the client's account.
        pendingBytesMax = 5 * limits.responseBytesMax + 4 * limits.messageBytesMax
        writeStallMax = limits.writeStallMax
    }
}
