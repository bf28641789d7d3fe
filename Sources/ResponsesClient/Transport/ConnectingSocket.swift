import NIOCore
import NIOHTTP1
import ResponsesAPI
import ResponsesWebSocket
import StreamingHTTP

/// A WebSocket that is being opened. Everything happens on its loop.
final class ConnectingSocket {
    private let access: ServerAccess
    private let loop: any EventLoop
    private let socket: WebSocketHandler
    private let promise: EventLoopPromise<WebSocketHandler>
    private var channel: (any Channel)?
    private var timer: Scheduled<Void>?
    private var isSettled = false
    private var hasTimedOut = false

    /// The open socket, or `ConnectFailure`; `CancellationError` after `cancel`. The delegate hears of the opening first.
    var opened: EventLoopFuture<WebSocketHandler> { promise.futureResult }

    init(_ access: ServerAccess, _ loop: any EventLoop, _ socket: WebSocketHandler) {
        self.access = access
        self.loop = loop
        self.socket = socket
        promise = loop.makePromise(of: WebSocketHandler.self)
    }

    /// Stops: what was opened is closed. Without effect once `opened` is known.
    func cancel() {
        settle(.failure(CancellationError()))
        channel?.close(promise: nil)
    }

    func start(_ connected: EventLoopFuture<any Channel>) {
        timer = loop.assumeIsolated().scheduleTask(in: TimeAmount(access.limits.connectTimeout)) { self.timedOut() }
        connected.assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel): self.connected(channel)
            case .failure(let error): self.settle(.failure(self.failure(error)))
            }
        }
    }

    private func connected(_ channel: any Channel) {
        // Cancelled or too late.
        guard !isSettled else { return channel.close(promise: nil) }
        self.channel = channel
        let request = WebSocketClientHandshake.Request(
            host: access.address.hostHeader, path: access.address.responsesPath, headers: access.headers)
        WebSocketClientHandshake.perform(request, on: channel, socket: socket).assumeIsolated().whenComplete { result in
            self.settle(result.mapError { self.failure($0) })
        }
    }

    private func timedOut() {
        hasTimedOut = true
        // Closing reports a refusal whose body does not come.
        channel?.close(promise: nil)
        settle(.failure(channel == nil ? noAnswer : ConnectFailure.timedOut))
    }

    private func settle(_ result: Result<WebSocketHandler, any Error>) {
        guard !isSettled else { return }
        isSettled = true
        timer?.cancel()
        timer = nil
        promise.assumeIsolated().completeWith(result)
    }

    private func failure(_ error: any Error) -> any Error {
        switch error {
        case let refusal as UpgradeRefusal:
            let error =
                (400...599).contains(refusal.status)
                ? APIError(status: refusal.status, headers: refusal.headers, body: refusal.body) : nil
            return ConnectFailure.refusedUpgrade(
                status: refusal.status, error: error,
                retryAfterSeconds: error?.retryAfterSeconds ?? RetryAfter.seconds(refusal.headers))
        case let broken as BrokenHandshake:
            return broken.fault == .ended ? ended : ConnectFailure.brokenUpgrade(reason: "\(broken).")
        default:
            guard let problem = ConnectProblem(error) else { return ended }
            let reason = access.reason(problem)
            return if case .tls = problem { ConnectFailure.tls(reason: reason) } else { ConnectFailure.unreachable(reason: reason) }
        }
    }

    /// No host there, or no network: that is not a refusal of a WebSocket, and HTTP would fail as well.
    private var noAnswer: ConnectFailure { .unreachable(reason: access.reason(.timedOut)) }

    /// Closing the channel on the time-out ends the handshake too.
    private var ended: ConnectFailure { hasTimedOut ? .timedOut : .dropped }
}
