import AsyncHTTPClient
import EventLoopTools
import NIOCore
import NIOHTTP1
import ResponsesAPI

/// HTTP to one server on one event loop. End it with `shutDown`.
///
/// AsyncHTTPClient keeps only connections that no request pinned to a loop. Its group here is one loop, so all its
/// connections live there and are kept.
final class HTTPPoster: Sendable {
    private let access: ServerAccess
    let loop: any EventLoop
    private let client: HTTPClient
    private let responses: HTTPClient.Request
    private let models: HTTPClient.Request

    /// - Throws: `ClientError` when no request can be made of the address.
    init(_ access: ServerAccess, on loop: any EventLoop) throws(ClientError) {
        self.access = access
        self.loop = loop
        do {
            var headers = access.headers
            if !headers.contains(name: "accept") { headers.add(name: "Accept", value: "text/event-stream, application/json") }
            models = try HTTPClient.Request(url: access.address.url(for: "models"), headers: headers)
            headers.replaceOrAdd(name: "Content-Type", value: "application/json")
            responses = try HTTPClient.Request(url: access.address.url(for: "responses"), method: .POST, headers: headers)
        } catch {
            throw ClientError(.invalidAddress, "The address is wrong: no request can be made of it.")
        }
        client = HTTPClient(eventLoopGroupProvider: .shared(loop), configuration: Self.configuration(access))
    }

    private static func configuration(_ access: ServerAccess) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.tlsConfiguration = access.tls
        // A redirect would take the key to an address that nobody chose (websocket-mode 18).
        configuration.redirectConfiguration = .disallow
        // Silence is measured by the exchange, which knows when reading is paused.
        configuration.timeout = .init(connect: TimeAmount(access.limits.connectTimeout), read: nil)
        // As many as turns may wait: the limit is the line's.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = access.limits.turnsWaitingMax
        // Below what common servers keep.
        configuration.connectionPool.idleTimeout = .seconds(30)
        // A refused connection is an answer: without this it is tried again until the time-out.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.http1_1ConnectionDebugInitializer = { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(FlushOncePerTick(), position: .first)
            }
        }
        return configuration
    }

    /// Sends the body of a `POST /responses`. On the loop.
    ///
    /// - Parameters:
    ///   - received: called on the loop for each event, never from inside a method of the exchange.
    ///   - ended: the last call, made once, `cancel` or not; right after the terminal event when there is one.
    func post(
        _ body: [UInt8], received: @escaping (ServerEvent) -> Void, ended: @escaping (ExchangeEnd) -> Void
    ) -> HTTPExchange {
        loop.preconditionInEventLoop()
        let exchange = HTTPExchange(access, loop: loop, received: received, ended: ended)
        var request = responses
        request.body = .byteBuffer(ByteBuffer(bytes: body))
        exchange.watch(client.execute(request: request, delegate: exchange, eventLoop: .indifferent))
        return exchange
    }

    /// The body of `GET /models`.
    ///
    /// - Throws: `APIError` when the server says no, `ClientError` when it cannot be asked.
    func modelsList() async throws -> [UInt8] {
        let accumulator = ResponseAccumulator(request: models, maxBodySize: Self.modelsBytesMax)
        let answer: HTTPClient.Response
        do {
            answer = try await client.execute(
                request: models, delegate: accumulator, deadline: .now() + Self.modelsTimeout
            ).get()
        } catch {
            throw problem(error)
        }
        let body = answer.body.map { Array($0.readableBytesView) } ?? []
        let status = Int(answer.status.code)
        if (400...599).contains(status) { throw APIError(status: status, headers: answer.headers, body: body) }
        guard status == 200 else { throw ClientError.notTheProtocol("status \(status).") }
        return body
    }

    /// A list of models.
    private static var modelsBytesMax: Int { 4 << 20 }
    /// Nothing is computed for it.
    private static var modelsTimeout: TimeAmount { .seconds(30) }

    private func problem(_ error: any Error) -> any Error {
        switch access.connectProblem(error) {
        case .unreachable(let reason), .tls(let reason): return ClientError.unreachable(reason)
        case .timedOut: return ClientError.connectTimedOut
        case nil: break
        }
        switch error {
        case let error as HTTPClientError where error == .deadlineExceeded: return ClientError.connectTimedOut
        case is ResponseAccumulator.ResponseTooBigError: return ClientError.notTheProtocol("it is too long.")
        default: return ClientError(.interrupted, "The server closed the connection without an answer. Try again.")
        }
    }

    /// Closes all connections; requests that run fail.
    func shutDown() async { try? await client.shutdown() }
}
