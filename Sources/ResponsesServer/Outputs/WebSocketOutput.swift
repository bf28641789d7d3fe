import Logging
import NIOCore
import ResponsesAPI
import ResponsesCore
import ResponsesWebSocket

/// A WebSocket and its connection: frames in, events out. Lives on the channel's event loop.
final class WebSocketOutput: WebSocketDelegate, ConnectionOutput {
    private let services: ServerServices
    private let logger: Logger
    private var socket: WebSocketHandler?
    private var stallTimer: Scheduled<Void>?
    private(set) var driver: ConnectionDriver!

    init(services: ServerServices, owner: Owner, loop: any EventLoop, logger: Logger) {
        self.services = services
        self.logger = logger
        driver = ConnectionDriver(.webSocket, services: services, owner: owner, loop: loop, output: self)
    }

    // MARK: The socket speaks

    func webSocketOpened(_ socket: WebSocketHandler) {
        self.socket = socket
        driver.opened()
        logger.debug("connection opened")
    }

    func webSocket(_ socket: WebSocketHandler, received message: WebSocketMessage) {
        switch message {
        case .text(let bytes): driver.received(bytes)
        case .binary:
            // Section 3: client to server, UTF-8 text messages only.
            socket.close(code: .unacceptableData, reason: "send JSON in text messages")
        }
    }

    func webSocketWritabilityChanged(_ socket: WebSocketHandler) { tellReadiness(socket) }

    func webSocketShouldQuiesce(_ socket: WebSocketHandler) { driver.shutDown(within: services.limits.shutdownGrace) }

    func webSocketClosed(_ socket: WebSocketHandler, code: CloseCode, reason: String) {
        self.socket = nil
        stallTimer?.cancel()
        stallTimer = nil
        driver.disconnected()
        logger.debug("connection closed", metadata: ["code": "\(code)"])
    }

    // MARK: The connection speaks

    func write(_ events: EventBuffer, whenWritten: (() -> Void)?) {
        guard let socket else { return }
        var promise: EventLoopPromise<Void>?
        if let whenWritten {
            let written = driver.loop.makePromise(of: Void.self)
            written.futureResult.assumeIsolated().whenComplete { _ in whenWritten() }
            promise = written
        }
        let ends = events.marks.map(\.end)
        events.bytes.withUnsafeBytes { socket.sendText(batch: $0, ends: ends, promise: promise) }
        tellReadiness(socket)
    }

    func finished(_ error: APIError?, object: ArraySlice<UInt8>?) {
        guard let error else { return }
        logger.debug("turn failed", metadata: ["code": "\(error.code?.rawValue ?? "-")", "status": "\(error.status)"])
    }

    func close(_ reason: Connection.CloseReason) {
        socket?.close(code: .goingAway, reason: reason == .shutdown ? "server is shutting down" : "connection limit reached")
    }

    /// A slow reader holds its generations back; one that does not read at all is let go.
    private func tellReadiness(_ socket: WebSocketHandler) {
        // The channel's high watermark is `outgoingBytesHigh`. Bytes in flight are no measure besides it: nobody tells when
        // they have become few.
        let isReady = socket.isWritable
        guard isReady != driver.gate.isReady else { return }
        driver.gate.set(ready: isReady)
        stallTimer?.cancel()
        stallTimer = nil
        if !isReady {
            let limit = TimeAmount(services.limits.writeStallMax)
            stallTimer = driver.loop.assumeIsolated().scheduleTask(in: limit) { [weak self] in self?.socket?.abort() }
        }
    }
}
