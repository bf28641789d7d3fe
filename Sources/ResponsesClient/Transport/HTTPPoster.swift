import AsyncHTTPClient
import EventLoopTools
import NIOCore
import NIOHTTP1
import NIOPosix
import ResponsesAPI

/// Sends a client's HTTP requests.
final class HTTPPoster: Sendable {
    private let client: HTTPClient
    private let loop: any EventLoop
    private let url: String
    private let modelsURL: String
    private let headers: HTTPHeaders
    private let limits: ClientLimits

    /// - Parameter loop: where exchanges run and call.
    /// - Throws: `ClientError` when no request can be made of the address.
    init(
        _ configuration: ResponsesClient.Configuration, address: ServerAddress, loop: any EventLoop
    ) throws(ClientError) {
        self.loop = loop
        limits = configuration.limits
        url = address.url("responses")
        modelsURL = address.url("models")
        headers = configuration.requestHeaders
        client = HTTPClient(eventLoopGroup: loop, configuration: Self.settings(configuration))
        do {
            _ = try HTTPClient.Request(url: url)
        } catch {
            client.shutdown { _ in }
            throw ClientError(.invalidAddress, "The server's address cannot be reached by HTTP. Write it like http://HOST:PORT.")
        }
    }

    private static func settings(_ configuration: ResponsesClient.Configuration) -> HTTPClient.Configuration {
        var settings = HTTPClient.Configuration()
        settings.tlsConfiguration = configuration.tls
        // "Redirects off" (WebSocket guide, section 18): a key goes nowhere but to its server.
        settings.redirectConfiguration = .disallow
        settings.timeout = .init(connect: TimeAmount(configuration.limits.connectTimeout), read: nil)
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = configuration.limits.turnsInFlightMax
        settings.connectionPool.retryConnectionEstablishment = false
        settings.httpVersion = .automatic
        settings.http1_1ConnectionDebugInitializer = { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(FlushOncePerTick(), position: .first)
            }
        }
        return settings
    }

    func shutDown() async { try? await client.shutdown() }

    /// Posts a request whose answer is streamed. Both closures are called on the loop, `ended` once and last.
    func post(
        _ body: [UInt8], received: @escaping (ServerEvent) -> Void, ended: @escaping (ExchangeEnd) -> Void
    ) -> HTTPExchange {
        loop.preconditionInEventLoop()
        let exchange = HTTPExchange(loop: loop, limits: limits, received: received, ended: ended)
        do {
            let request = try HTTPClient.Request(
                url: url, method: .POST, headers: jsonHeaders(accept: "text/event-stream, application/json"), body: .bytes(body))
            exchange.watch(client.execute(request: request, delegate: exchange, eventLoop: .delegateAndChannel(on: loop)), url: url)
        } catch {
            preconditionFailure("The URL was tried before: \(error)")
        }
        return exchange
    }

    /// Posts a request that is answered with one JSON object.
    func answer(to body: [UInt8]) async throws -> RawJSON {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = jsonHeaders(accept: "application/json")
        request.body = .bytes(ByteBuffer(bytes: body))
        return try await answer(to: request, within: limits.silenceMax)
    }

    func models() async throws -> RawJSON {
        var request = HTTPClientRequest(url: modelsURL)
        request.headers = headers
        return try await answer(to: request, within: limits.connectTimeout)
    }

    private func jsonHeaders(accept: String) -> HTTPHeaders {
        var all = headers
        all.replaceOrAdd(name: "Content-Type", value: "application/json")
        all.replaceOrAdd(name: "Accept", value: accept)
        return all
    }

    private func answer(to request: HTTPClientRequest, within limit: Duration) async throws -> RawJSON {
        do {
            let response = try await client.execute(request, timeout: TimeAmount(limit))
            let bytes = try await response.body.collect(upTo: limits.receivedBytesMax)
            let json = try? RawJSON(parsing: Array(bytes.readableBytesView))
            guard response.status == .ok else {
                let seconds = response.headers.first(name: "retry-after").flatMap { Int($0) }
                throw APIError(refusal: json, status: Int(response.status.code), retryAfterSeconds: seconds)
            }
            guard let json, json.isObject else { throw ClientError.notTheProtocol("it is no JSON object.") }
            return json
        } catch let error as APIError {
            throw error
        } catch let error as ClientError {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            switch ExchangeEnd(transport: error, url: url) {
            case .timedOut: throw ClientError.silence(limit)
            case .unreachable(let reason): throw ClientError.unreachable(reason)
            default: throw ClientError.interrupted(nil)
            }
        }
    }
}

extension ExchangeEnd {
    /// What a failure of HTTP means.
    init(transport error: any Error, url: String) {
        let place = url.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first.map(String.init) ?? "the server"
        let http = error as? HTTPClientError
        if http == .deadlineExceeded || http == .readTimeout {
            self = .timedOut
        } else if error is NIOConnectionError || http == .connectTimeout {
            self = .unreachable(
                reason: "Nothing listens on \(place), or it cannot be reached. Start the server, or correct the address.")
        } else {
            self = .broken(reason: "the connection broke")
        }
    }
}

extension APIError {
    /// What a refusal says, whether it is an error of the API or somebody else's page.
    init(refusal json: RawJSON?, status: Int, retryAfterSeconds: Int?) {
        if let json, json.isObject {
            self.init(reading: json, status: (400...599).contains(status) ? status : nil)
        } else {
            self.init(
                status: (400...599).contains(status) ? status : 502,
                type: status < 500 ? "invalid_request_error" : "server_error", code: nil,
                message: "The server answered with status \(status), and not as the Responses API does. Check the address.")
        }
        if let retryAfterSeconds, retryAfterSeconds >= 0 { self.retryAfterSeconds = retryAfterSeconds }
    }
}
