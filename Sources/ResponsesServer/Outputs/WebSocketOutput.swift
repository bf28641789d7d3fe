import NIOCore
import ResponsesAPI
import ResponsesCore
import ResponsesWebSocket

/// A WebSocket and its connection: frames in, events out. Lives on the channel's event loop.
final class WebSocketOutput: WebSocketDelegate, ConnectionOutput {
    private let driver: ConnectionDriver
    private let limits: Limits
    private var socket: WebSocketHandler?
    /// The client, while bytes wait for it.
    private var reader: StalledReader?
    private var stallTimer: Scheduled<Void>?
    /// Events that are more than one slice; what comes behind them waits, too.
    private var waiting = WaitingEvents()
    private var isSliceScheduled = false
    private var quiesceTimer: Scheduled<Void>?
    /// Of a message that is not whole, what is in the account.
    private var received = 0

    init(_ driver: ConnectionDriver) {
        self.driver = driver
        limits = driver.services.limits
    }

    // MARK: The socket speaks

    func webSocketOpened(_ socket: WebSocketHandler) {
        self.socket = socket
        driver.opened()
    }

    func webSocket(_ socket: WebSocketHandler, received message: WebSocketMessage) {
        switch message {
        case .text(let bytes): driver.received(bytes)
        // "Client to server: UTF-8 text messages only" (websocket-mode 3).
        case .binary: socket.close(code: .unacceptableData, reason: "send JSON in text messages")
        }
    }

    func webSocketHoldingChanged(_ socket: WebSocketHandler) {
        let account = driver.memory.account
        account.add(socket.receivingBytes - received, for: .receiving)
        received = socket.receivingBytes
        countUnsent(of: socket)
        driver.memory.check()
    }

    func webSocketWritabilityChanged(_ socket: WebSocketHandler) {
        sendWaiting(to: socket)
        passOnReadiness(of: socket)
    }

    /// Turns meet the deadline of a shutdown by themselves; the timer ends clients that do not take it or do not answer the close
    /// frame.
    func webSocketShouldQuiesce(_ socket: WebSocketHandler) {
        let time = TimeAmount(limits.shutdownGrace + limits.shutdownTail)
        quiesceTimer = driver.loop.assumeIsolated().scheduleTask(in: time) { [weak self] in self?.socket?.abort() }
        driver.shutDown(within: limits.shutdownGrace)
    }

    func webSocketClosed(_ socket: WebSocketHandler, code: CloseCode, reason: String) {
        if socket.wasUnread {
            driver.services.observer.log.readerDropped(driver.ids, after: nil)
        }
        if code == .messageTooBig {
            driver.services.observer.refused("message_too_big", driver.ids, on: driver.loop, at: ConnectionDriver.now())
        }
        self.socket = nil
        quiesceTimer?.cancel()
        waiting = WaitingEvents()
        stopWatchingReader()
        driver.disconnected()
    }

    // MARK: The connection speaks

    func write(_ events: EventBuffer) {
        guard let socket, !events.marks.isEmpty else { return }
        if waiting.isEmpty, !EventSlices.areNeeded(for: events) {
            send(events, events.marks.indices, to: socket)
        } else {
            waiting.append(events)
            sendWaiting(to: socket)
        }
        passOnReadiness(of: socket)
    }

    /// Gives the socket a slice, and the rest as it takes it.
    private func sendWaiting(to socket: WebSocketHandler) {
        if !isSliceScheduled, socket.isWritable, !waiting.isEmpty {
            isSliceScheduled = true
            sendSlice(to: socket)
            driver.loop.assumeIsolated().scheduleTask(in: LoopRest.time) { [weak self] in
                guard let self else { return }
                isSliceScheduled = false
                guard let socket = self.socket else { return }
                sendWaiting(to: socket)
                passOnReadiness(of: socket)
            }
        }
        countUnsent(of: socket)
    }

    private func sendSlice(to socket: WebSocketHandler) {
        let (events, slice) = waiting.next()
        send(events, slice, to: socket)
    }

    private func send(_ events: EventBuffer, _ slice: Range<Int>, to socket: WebSocketHandler) {
        let range = events.start(of: slice.lowerBound)..<events.start(of: slice.upperBound)
        let ends = events.marks[slice].map { $0.end - range.lowerBound }
        let promise = slice.upperBound == events.marks.count ? writtenPromise(events) : nil
        events.bytes.withUnsafeBytes { bytes in
            socket.sendText(batch: UnsafeRawBufferPointer(rebasing: bytes[range]), ends: ends, promise: promise)
        }
    }

    /// What waits here is not sent either.
    private func countUnsent(of socket: WebSocketHandler) {
        driver.memory.account.set(socket.pendingBytes + waiting.heldBytes, for: .unsent)
    }

    private func writtenPromise(_ events: EventBuffer) -> EventLoopPromise<Void>? {
        let begun = events.ends.compactMap { $0.outcome == nil ? nil : $0.turn }
        guard !begun.isEmpty else { return nil }
        let written = driver.loop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [weak driver] _ in driver?.written(begun) }
        return written
    }

    func holdInput(_ isHeld: Bool) {
        if isHeld { socket?.pauseReading() } else { socket?.resumeReading() }
    }

    func close(_ reason: Connection.CloseReason) {
        // All that was said before the end leaves before it.
        if reason != .memoryOver, let socket { while !waiting.isEmpty { sendSlice(to: socket) } }
        switch reason {
        case .lifetimeOver: socket?.close(code: .goingAway, reason: "connection limit reached")
        case .shutdown: socket?.close(code: .goingAway, reason: "server is shutting down")
        case .memoryOver:
            // Behind much that the client does not take, a close frame would not reach it, and what waits would stay.
            if !waiting.isEmpty || (socket?.pendingBytes ?? 0) > 2 * limits.outgoingBytesHigh {
                socket?.abort()
            } else {
                socket?.close(code: .tryAgainLater, reason: "server memory is used up")
            }
        }
    }

    /// A slow reader holds its generations back; one that takes nothing at all is disconnected.
    private func passOnReadiness(of socket: WebSocketHandler) {
        // The channel's high watermark is `outgoingBytesHigh`. Bytes in flight are no measure besides it: nothing says when
        // they have become few.
        let isReady = socket.isWritable && waiting.isEmpty
        guard isReady != driver.gate.isReady else { return }
        driver.gate.set(ready: isReady)
        stopWatchingReader()
        if !isReady {
            reader = StalledReader(within: limits.writeStallMax, taken: socket.bytesTaken, now: driver.loop.now)
            lookAtReader()
        }
    }

    private func lookAtReader() {
        guard let socket, let verdict = reader?.look(taken: socket.bytesTaken, at: driver.loop.now) else { return }
        switch verdict {
        case .drop:
            driver.services.observer.log.readerDropped(driver.ids, after: limits.writeStallMax)
            socket.abort()
        case .look(let time):
            stallTimer = driver.loop.assumeIsolated().scheduleTask(deadline: time) { [weak self] in self?.lookAtReader() }
        }
    }

    private func stopWatchingReader() {
        reader = nil
        stallTimer?.cancel()
        stallTimer = nil
    }
}
