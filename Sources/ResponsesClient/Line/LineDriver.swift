import Logging
import NIOCore
import ResponsesAPI
import ResponsesWebSocket
import StreamingHTTP

/// Performs what a line's state decides: sockets, HTTP, timers and the queues that programs read.
///
/// `@unchecked Sendable`: all mutable state is touched on `loop` only. Sockets and exchanges live on that loop and call
/// there; what programs call hops onto it first.
final class LineDriver: @unchecked Sendable {
    let loop: any EventLoop
    /// The start of every turn's request.
    let template: CreateRequest
    private let connector: SocketConnector
    private let poster: HTTPPoster
    private let unread: UnreadEvents
    private let begun = NIODeadline.now()
    private let logger: Logger

    private var state: LineState
    private var sockets: [ConnectionNumber: Socket] = [:]
    private var exchanges: [TurnNumber: HTTPExchange] = [:]
    private var queues: [TurnNumber: TurnQueue] = [:]
    private var timer: (at: Duration, task: Scheduled<Void>)?
    private var isPerforming = false
    private var allGone: EventLoopPromise<Void>?

    init(
        _ access: ServerAccess, template: CreateRequest, usesHTTPOnly: Bool, logger: Logger, loop: any EventLoop
    ) throws(ClientError) {
        self.template = template
        self.loop = loop
        self.logger = logger
        connector = try SocketConnector(access)
        poster = try HTTPPoster(access, on: loop)
        unread = UnreadEvents(bytesMax: access.limits.unreadBytesMax)
        state = LineState(limits: access.limits, usesHTTPOnly: usesHTTPOnly, seed: UInt64.random(in: 0 ... .max))
        unread.onChange { [weak self] in
            guard let self else { return }
            self.loop.execute { self.pauseReading(self.unread.isAbove) }
        }
    }

    private var now: Duration { .nanoseconds((NIODeadline.now() - begun).nanoseconds) }

    // MARK: What programs do

    func begin(_ request: TurnRequest, on lane: StreamID?) async -> Turn {
        let (number, queue) = await onLoop {
            let queue = TurnQueue(unread: self.unread)
            let number = self.state.asked(request, on: lane, now: self.now)
            self.queues[number] = queue
            self.perform()
            return (number, queue)
        }
        return Turn(number, queue, self)
    }

    func cancel(_ number: TurnNumber) {
        loop.execute {
            self.state.cancelled(number, now: self.now)
            self.perform()
        }
    }

    func chain(of lane: StreamID?) async -> Chain {
        await onLoop { self.state.chain(of: lane) }
    }

    func put(_ chain: Chain, on lane: StreamID?) async throws(ClientError) {
        let isPut = await onLoop { self.state.put(chain, on: lane) }
        if !isPut { throw .laneIsBusy }
    }

    func addPending(_ items: [Item], to lane: StreamID?) async {
        await onLoop { self.state.addPending(items, to: lane) }
    }

    var status: LineStatus { get async { await onLoop { self.state.status } } }

    /// Ends everything, and returns when nothing is left open.
    func shutDown() async {
        let gone = await onLoop {
            self.state.close()
            let promise = self.loop.makePromise(of: Void.self)
            self.allGone = promise
            self.perform()
            self.reportWhenGone()
            return promise.futureResult
        }
        try? await gone.get()
        await poster.shutDown()
    }

    private func onLoop<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
        do {
            return try await loop.submit(body).get()
        } catch {
            preconditionFailure("A line must be left before its event loops are shut down: \(error)")
        }
    }

    // MARK: Effects

    private func perform() {
        loop.preconditionInEventLoop()
        // Effects that an effect causes at once are performed by the call that is already running.
        guard !isPerforming else { return }
        isPerforming = true
        while true {
            let effects = state.takeEffects()
            if effects.isEmpty { break }
            for effect in effects { perform(effect) }
        }
        isPerforming = false
        setTimer()
    }

    private func perform(_ effect: LineEffect) {
        switch effect {
        case .connect(let number): connect(number)
        case .send(let number, let message): sockets[number]?.send(message)
        case .close(let number, let code, let reason): sockets[number]?.close(code, reason)
        case .post(let number, let body): post(number, body)
        case .abortPost(let number): exchanges[number]?.cancel()
        case .sent(let number, let delivery): queues[number]?.sent(delivery)
        case .deliver(let number, let event): queues[number]?.add(event)
        case .finish(let number, let end): queues.removeValue(forKey: number)?.finish(end)
        }
    }

    private func setTimer() {
        let wanted = state.wakeUpTime
        // Every event moves the end of silence; a timer that rings too early is set again, once.
        if let timer, let wanted, timer.at <= wanted { return }
        timer?.task.cancel()
        timer = nil
        guard let wanted else { return }
        let deadline = begun + TimeAmount(wanted)
        timer = (
            wanted,
            loop.assumeIsolated().scheduleTask(deadline: deadline) {
                self.timer = nil
                self.state.wokeUp(now: self.now)
                self.perform()
            }
        )
    }

    // MARK: Sockets

    private func connect(_ number: ConnectionNumber) {
        let socket = Socket(number, self)
        sockets[number] = socket
        logger.debug("connecting", metadata: ["connection": "\(number.rawValue)"])
        let connecting = connector.connect(on: loop, delegate: socket)
        socket.connecting = connecting
        connecting.opened.assumeIsolated().whenFailure { error in
            socket.connecting = nil
            let failure = error as? ConnectFailure ?? .unreachable(reason: "The connection failed.")
            self.logger.debug("no connection", metadata: ["connection": "\(number.rawValue)"])
            self.sockets[number] = nil
            self.state.failed(number, failure, now: self.now)
            self.perform()
            self.reportWhenGone()
        }
    }

    fileprivate func opened(_ number: ConnectionNumber) {
        logger.debug("connected", metadata: ["connection": "\(number.rawValue)"])
        if state.isReadingPaused { sockets[number]?.pauseReading(true) }
        state.opened(number, now: now)
        perform()
    }

    fileprivate func received(_ bytes: [UInt8], on number: ConnectionNumber) {
        switch ServerEvent.read(bytes) {
        case .event(let event): state.received(event, on: number, now: now)
        case .passedOver: return
        case .garbage: state.receivedGarbage(on: number, now: now)
        }
        perform()
    }

    fileprivate func receivedBinary(on number: ConnectionNumber) {
        // "Never send binary" (websocket-mode 3); 1003 is the code for it (websocket-mode 13.3).
        state.receivedGarbage(on: number, code: 1003, now: now)
        perform()
    }

    fileprivate func closed(_ number: ConnectionNumber, _ code: UInt16) {
        logger.debug("closed", metadata: ["connection": "\(number.rawValue)", "code": "\(code)"])
        sockets[number] = nil
        state.closed(number, code: code, now: now)
        perform()
        reportWhenGone()
    }

    // MARK: HTTP

    private func post(_ number: TurnNumber, _ body: [UInt8]) {
        let exchange = poster.post(
            body,
            received: { event in
                self.state.receivedOverHTTP(event, for: number, now: self.now)
                self.perform()
            },
            ended: { end in
                self.exchanges[number] = nil
                self.state.ended(number, end, now: self.now)
                self.perform()
                self.reportWhenGone()
            })
        exchanges[number] = exchange
        if state.isReadingPaused { exchange.pause() }
    }

    // MARK: Back-pressure and the end

    private func pauseReading(_ isPaused: Bool) {
        guard state.isReadingPaused != isPaused else { return }
        state.readingPaused(isPaused, now: now)
        for socket in sockets.values { socket.pauseReading(isPaused) }
        for exchange in exchanges.values { if isPaused { exchange.pause() } else { exchange.resume() } }
        perform()
    }

    private func reportWhenGone() {
        guard let allGone, sockets.isEmpty, exchanges.isEmpty else { return }
        self.allGone = nil
        allGone.succeed()
    }

    /// One connection of the line, on its loop.
    private final class Socket: WebSocketDelegate {
        private let number: ConnectionNumber
        private unowned let driver: LineDriver
        /// Set until it opened or failed; each holds the other until then.
        var connecting: ConnectingSocket?
        private var handler: WebSocketHandler?
        /// It must close, and has not opened yet.
        private var isUnwanted = false

        init(_ number: ConnectionNumber, _ driver: LineDriver) {
            self.number = number
            self.driver = driver
        }

        func send(_ message: [UInt8]) { message.withUnsafeBytes { handler?.sendText($0) } }

        func close(_ code: UInt16, _ reason: String) {
            isUnwanted = true
            connecting?.cancel()
            handler?.resumeReading()
            handler?.close(code: CloseCode(rawValue: code), reason: reason)
        }

        func pauseReading(_ isPaused: Bool) {
            if isPaused { handler?.pauseReading() } else { handler?.resumeReading() }
        }

        func webSocketOpened(_ socket: WebSocketHandler) {
            handler = socket
            connecting = nil
            if isUnwanted {
                // No call of the socket from inside its own.
                socket.eventLoop?.assumeIsolated().execute { socket.close(code: .normal) }
            } else {
                driver.opened(number)
            }
        }

        func webSocket(_ socket: WebSocketHandler, received message: WebSocketMessage) {
            switch message {
            case .text(let bytes): driver.received(bytes, on: number)
            case .binary: driver.receivedBinary(on: number)
            }
        }

        func webSocketClosed(_ socket: WebSocketHandler, code: CloseCode, reason: String) {
            handler = nil
            driver.closed(number, code.rawValue)
        }
    }
}
