import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import ResponsesClient
import StreamingHTTP

/// HTTP to one server over one connection, which is kept between turns. End it with `shutDown`.
final class ResendingClient: Sendable {
    private let wire: ResendingWire
    private let client: LoopClient
    private let request: HTTPClient.Request

    /// - Parameters:
    ///   - url: the base URL, with `/v1`.
    ///   - host: what is sent as `Host`.
    /// - Throws: when no request can be made of the address.
    init(_ wire: ResendingWire, url: String, host: String, key: String?, on loop: any EventLoop) throws {
        self.wire = wire
        var headers: HTTPHeaders = ["Host": host, "Content-Type": "application/json", "Accept": "text/event-stream, application/json"]
        for (name, value) in wire.headers(key: key) { headers.add(name: name, value: value) }
        request = try HTTPClient.Request(url: try ServerAddress(url).url(for: wire.resource), method: .POST, headers: headers)
        let limits = ClientLimits()
        client = LoopClient(
            loop,
            .streaming(
                connectTimeout: limits.connectTimeout,
                // A turn that begins before the end of the last answer was read waits for it.
                connectionsMax: 1,
                // Tools work for up to a minute.
                idleTimeout: .seconds(90)))
    }

    /// Posts a body and waits for the end of its stream.
    ///
    /// - Throws: `BenchError`; `CancellationError`.
    func post(_ body: [UInt8]) async throws -> ResentTurn {
        let promise = client.loop.makePromise(of: ResentTurn.self)
        let limits = ClientLimits()
        let exchange = StreamedExchange(
            ResentTurnReader(wire) { promise.completeWith($0.mapError { $0 as any Error }) }, on: client.loop,
            ExchangeLimits(
                firstByteMax: limits.silenceMax, silenceMax: limits.silenceMax, lingerMax: Self.lingerMax,
                eventBytesMax: limits.receivedBytesMax))
        var request = request
        request.body = .byteBuffer(ByteBuffer(bytes: body))
        let (posted, client) = (request, client)
        do {
            return try await withTaskCancellationHandler {
                client.loop.execute { client.start(posted, exchange) }
                return try await promise.futureResult.get()
            } onCancel: {
                exchange.cancel()
            }
        } catch {
            try Task.checkCancellation()
            throw error
        }
    }

    /// After the last event the server ends its answer; a connection that it leaves open is closed.
    private static var lingerMax: Duration { .seconds(5) }

    /// Closes the connection.
    func shutDown() async { try? await client.shutdown() }
}
