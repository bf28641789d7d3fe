import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import ResponsesAPI
import StreamingHTTP

/// HTTP to one server on one event loop. End it with `shutDown`.
final class HTTPPoster: Sendable {
    private let access: ServerAccess
    private let client: LoopClient
    private let responses: HTTPClient.Request
    private let models: HTTPClient.Request

    /// - Throws: `ClientError` when no request can be made of the address.
    init(_ access: ServerAccess, on loop: any EventLoop) throws(ClientError) {
        self.access = access
        do {
            var headers = access.headers
            if !headers.contains(name: "accept") { headers.add(name: "Accept", value: "text/event-stream, application/json") }
            models = try HTTPClient.Request(url: access.address.url(for: "models"), headers: headers)
            headers.replaceOrAdd(name: "Content-Type", value: "application/json")
            responses = try HTTPClient.Request(url: access.address.url(for: "responses"), method: .POST, headers: headers)
        } catch {
            throw ClientError(.invalidAddress, "The address is wrong: no request can be made of it.")
        }
        client = LoopClient(loop, Self.configuration(access))
    }

    private static func configuration(_ access: ServerAccess) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration.streaming(
            connectTimeout: access.limits.connectTimeout,
            // As many as turns may wait: the limit is the line's.
            connectionsMax: access.limits.turnsWaitingMax,
            // Below what common servers keep.
            idleTimeout: .seconds(30))
        configuration.tlsConfiguration = access.tls
        return configuration
    }

    var loop: any EventLoop { client.loop }

    /// Sends the body of a `POST /responses`. On the loop.
    ///
    /// - Parameters:
    ///   - received: called on the loop for each event, never from inside a method of the exchange.
    ///   - ended: the last call, made once, `cancel` or not; right after the terminal event when there is one.
    func post(
        _ body: [UInt8], received: @escaping (ServerEvent) -> Void, ended: @escaping (ExchangeEnd) -> Void
    ) -> HTTPExchange {
        let exchange = HTTPExchange(
            ResponseAnswerReader(access, received: received, ended: ended), on: loop,
            ExchangeLimits(
                firstByteMax: access.limits.silenceMax, silenceMax: access.limits.silenceMax, lingerMax: Self.lingerMax,
                eventBytesMax: access.limits.receivedBytesMax))
        var request = responses
        request.body = .byteBuffer(ByteBuffer(bytes: body))
        client.start(request, exchange)
        return exchange
    }

    /// After the terminal event the server ends its answer; a connection that it leaves open is closed.
    private static var lingerMax: Duration { .seconds(5) }

    /// The body of `GET /models`.
    ///
    /// - Throws: `APIError` when the server says no, `ClientError` when it cannot be asked.
    func modelsList() async throws -> [UInt8] {
        let (status, headers, body) = try await get(models)
        if (400...599).contains(status) { throw APIError(status: status, headers: headers, body: body) }
        guard status == 200 else { throw ClientError.notTheProtocol("status \(status).") }
        return body
    }

    /// The status that `GET` of a resource has, such as `chat/completions`.
    ///
    /// - Throws: `ClientError` when the server cannot be asked.
    func status(of resource: String) async throws -> Int {
        try await get(HTTPClient.Request(url: access.address.url(for: resource), headers: access.headers)).status
    }

    private func get(_ request: HTTPClient.Request) async throws -> (status: Int, headers: HTTPHeaders, body: [UInt8]) {
        let accumulator = ResponseAccumulator(request: request, maxBodySize: Self.modelsBytesMax)
        do {
            let answer = try await client.http.execute(
                request: request, delegate: accumulator, deadline: .now() + Self.modelsTimeout
            ).get()
            return (Int(answer.status.code), answer.headers, answer.body.map { Array($0.readableBytesView) } ?? [])
        } catch {
            throw problem(error)
        }
    }

    /// A list of models.
    private static var modelsBytesMax: Int { 4 << 20 }
    /// Nothing is computed for it.
    private static var modelsTimeout: TimeAmount { .seconds(30) }

    private func problem(_ error: any Error) -> any Error {
        if let problem = ConnectProblem(error) {
            return problem == .timedOut ? ClientError.connectTimedOut : ClientError.unreachable(access.reason(problem))
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
