import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import ResponsesTesting
@testable import StreamingHTTP

/// The machine over a real socket, with each carrier.
@Suite(.timeLimit(.minutes(1)))
struct StreamedExchangeTests {
    typealias Exchange = StreamedExchange<NotingReader>

    /// Who carries an exchange.
    enum Carrier: CaseIterable, Sendable { case asyncHTTPClient, plainConnections }

    /// A client of one server, with one connection at a time: a second request waits until the first gives its own back.
    private struct Caller: Sendable {
        let client: LoopClient
        let carrier: Carrier
        let port: Int
        let limits: ExchangeLimits

        func exchange(onEvent: @escaping @Sendable (Int) -> Void = { _ in }) -> Exchange {
            Exchange(NotingReader(onEvent: onEvent), on: client.loop, limits)
        }

        func start(_ exchange: Exchange, _ body: [String] = ["{", "}"]) throws {
            let length = body.reduce(0) { $0 + $1.utf8.count }
            let slices = body.map { ByteBuffer(string: $0) }
            if carrier == .plainConnections {
                return client.loop.execute { client.post(slices, length: length, closes: false, exchange) }
            }
            var request = try HTTPClient.Request(url: "http://127.0.0.1:\(port)/", method: .POST)
            request.body = .slices(slices, length: length)
            client.loop.execute { [request] in client.start(request, exchange) }
        }

        /// Runs an exchange to its end.
        func run() async throws -> NotingReader.Notes {
            let exchange = exchange()
            let notes = exchange.reader.notes
            try start(exchange)
            await notes.wait { $0.end != nil }
            return notes.state
        }

        func onLoop(_ body: @escaping @Sendable () -> Void) async throws { try await client.loop.submit(body).get() }
    }

    private func with<R: Sendable>(
        _ carrier: Carrier, _ respond: @escaping @Sendable (StreamServer.Request) -> Void,
        configure: (inout ExchangeLimits) -> Void = { _ in }, _ body: (Caller, StreamServer) async throws -> R
    ) async throws -> R {
        try await StreamServer.with(respond) { try await call($0, with: carrier, $1, configure: configure, body) }
    }

    private func call<R: Sendable>(
        _ port: Int, with carrier: Carrier, _ server: StreamServer,
        configure: (inout ExchangeLimits) -> Void = { _ in }, _ body: (Caller, StreamServer) async throws -> R
    ) async throws -> R {
        var limits = ExchangeLimits(
            firstByteMax: .seconds(50), silenceMax: .seconds(50), lingerMax: .seconds(50), eventBytesMax: 1 << 20)
        configure(&limits)
        let client = LoopClient(
            MultiThreadedEventLoopGroup.singleton.any(),
            .streaming(connectTimeout: .seconds(10), connectionsMax: 1, idleTimeout: .seconds(30)),
            posts: try PostForm(url: "http://127.0.0.1:\(port)/", headers: [:]))
        let result: Result<R, any Error>
        do {
            result = .success(try await body(Caller(client: client, carrier: carrier, port: port, limits: limits), server))
        } catch {
            result = .failure(error)
        }
        try await client.shutdown()
        return try result.get()
    }

    // MARK: Answers

    @Test(arguments: Carrier.allCases) func aStreamInPieces(_ carrier: Carrier) async throws {
        try await with(carrier) { request in
            request.head()
            request.part("data: one\n\ndata: t")
            request.part("wo\n")
            request.part("\nda")
            request.part("ta: [DONE]\n\n")
            request.end()
        } _: { caller, server in
            let exchange = caller.exchange()
            try caller.start(exchange, ["{\"a\":", "", "1}"])
            await exchange.reader.notes.wait { $0.end != nil }
            #expect(exchange.reader.notes.state.events == ["one", "two"])
            #expect(exchange.reader.notes.state.end == "done")
            #expect(server.counts.state.requests.map(\.body) == ["{\"a\":1}"])
        }
    }

    /// What an answer ends with: its type, its body, the outcome.
    @Test(arguments: [
        ("text/event-stream" as String?, "data: a\n\n", "ended"),
        ("text/event-stream", "data: [DONE]\n", "done"),
        ("text/event-stream", "data: boom\n\n", "unreadable true"), ("text/event-stream", "", "ended"),
        ("application/json", "{\"a\":1}", "object {\"a\":1}"), (nil, " {}", "object {}"), (nil, "\ndata: [DONE]\n\n", "done"),
        (nil, "  ", "empty"), ("application/json", String(repeating: "x", count: 101), "too long"),
    ], Carrier.allCases)
    func everyAnswerHasAnOutcome(_ answer: (String?, String, String), _ carrier: Carrier) async throws {
        try await with(carrier) {
            $0.head(type: answer.0, length: answer.1.utf8.count)
            $0.part(answer.1)
            $0.end()
        } _: { caller, _ in
            let end = try await caller.run().end
            #expect(end == answer.2)
        }
    }

    @Test(arguments: Carrier.allCases) func aRefusalWithoutEndIsCut(_ carrier: Carrier) async throws {
        try await with(carrier) {
            $0.head(.badRequest)
            $0.part(String(repeating: "x", count: 1000))
        } _: { caller, server in
            let end = try await caller.run().end
            #expect(end == "refusal of 100")
            await server.counts.wait { $0.closedConnections == 1 }
        }
    }

    // MARK: Connections

    /// The server ends its answer after the outcome is known; the next request finds the connection.
    @Test(arguments: Carrier.allCases) func aLingeringConnectionIsUsedAgain(_ carrier: Carrier) async throws {
        try await with(carrier) {
            $0.head()
            $0.part("data: [DONE]\n\n")
        } _: { caller, server in
            for count in 1...3 {
                let notes = try await caller.run()
                #expect(notes.end == "done")
                server.counts.state.requests[count - 1].end()
            }
            #expect(server.counts.state.connections == 1)
        }
    }

    @Test(arguments: Carrier.allCases) func aConnectionLingersForSoLong(_ carrier: Carrier) async throws {
        try await with(carrier) {
            $0.head()
            $0.part("data: [DONE]\n\n")
        } configure: {
            $0.lingerMax = .milliseconds(20)
        } _: { caller, server in
            let notes = try await caller.run()
            #expect(notes.end == "done")
            await server.counts.wait { $0.closedConnections == 1 }
        }
    }

    @Test(arguments: Carrier.allCases) func aServerThatClosesEarly(_ carrier: Carrier) async throws {
        try await with(carrier) { $0.close() } _: { caller, _ in
            let notes = try await caller.run()
            #expect(notes.end == "lost, not begun")
        }
        try await with(carrier) {
            $0.head()
            $0.part("data: a\n\n").whenComplete { [request = $0] _ in request.close() }
        } _: { caller, _ in
            let notes = try await caller.run()
            #expect(notes.events == ["a"])
            #expect(notes.end == "lost, begun")
        }
    }

    @Test(arguments: Carrier.allCases) func nobodyListens(_ carrier: Carrier) async throws {
        // Whose port is free again.
        let (port, server) = try await StreamServer.with({ _ in }) { ($0, $1) }
        try await call(port, with: carrier, server) { caller, _ in
            let notes = try await caller.run()
            #expect(notes.end == "refused")
        }
    }

    // MARK: Time

    @Test(arguments: [(false, "no first byte"), (true, "silence")], Carrier.allCases)
    func silenceEndsIt(_ end: (Bool, String), _ carrier: Carrier) async throws {
        try await with(carrier) {
            guard end.0 else { return }
            $0.head()
            $0.part("data: a\n\n")
        } configure: {
            if end.0 { $0.silenceMax = .milliseconds(100) } else { $0.firstByteMax = .milliseconds(20) }
        } _: { caller, server in
            let notes = try await caller.run()
            #expect(notes.end == end.1)
            await server.counts.wait { $0.closedConnections == 1 }
        }
    }

    // MARK: The user

    @Test(arguments: [false, true], Carrier.allCases)
    func aSlowReaderSlowsTheServer(resumesAtOnce: Bool, _ carrier: Carrier) async throws {
        let big = "data: " + String(repeating: "x", count: 100_000) + "\n\n"
        let pieces = 400
        let written = Watched(0)
        try await with(carrier) { request in
            request.head()
            @Sendable func next(_ number: Int) {
                guard number < pieces else {
                    request.part("data: [DONE]\n\n")
                    return request.end()
                }
                request.part(big).whenSuccess {
                    written.update { $0 += 1 }
                    next(number + 1)
                }
            }
            next(0)
        } _: { caller, _ in
            let pausing = Watched(Exchange?.none)
            let exchange = caller.exchange { count in if count == 1 { pausing.state?.pause() } }
            pausing.update { $0 = exchange }
            let notes = exchange.reader.notes
            try caller.start(exchange)
            await notes.wait { !$0.events.isEmpty }
            // 40 MB wait: what buffers hold is a small part of it.
            #expect(written.state < pieces)
            #expect(notes.state.end == nil)
            try await caller.onLoop { if resumesAtOnce { exchange.resumeNow() } else { exchange.resume() } }
            await notes.wait { $0.end != nil }
            #expect(notes.state.end == "done")
            #expect(notes.state.events.count == pieces)
            pausing.update { $0 = nil }
        }
    }

    @Test(
        arguments: [
            "before it is sent", "before the answer", "from inside an event", "in mid-stream", "while paused",
            "while it lingers",
        ], Carrier.allCases)
    func cancellation(_ moment: String, _ carrier: Carrier) async throws {
        try await with(carrier) { request in
            if moment == "before the answer" { return }
            request.head()
            if moment == "while it lingers" {
                request.part("data: [DONE]\n\n")
            } else {
                for _ in 0..<100 { request.part("data: " + String(repeating: "x", count: 100_000) + "\n\n") }
            }
        } _: { caller, server in
            let own = Watched(Exchange?.none)
            let exchange = caller.exchange { count in
                if count == 2, moment == "from inside an event" { own.state?.cancel() }
                if count == 1, moment == "while paused" { own.state?.pause() }
            }
            own.update { $0 = exchange }
            let notes = exchange.reader.notes
            if moment == "before it is sent" { try await caller.onLoop { exchange.cancel() } }
            try caller.start(exchange)
            switch moment {
            case "before it is sent", "from inside an event": break
            case "before the answer": await server.counts.wait { $0.requests.count == 1 }
            case "while it lingers": await notes.wait { $0.end != nil }
            default: await notes.wait { !$0.events.isEmpty }
            }
            if moment != "from inside an event" { exchange.cancel() }
            await notes.wait { $0.end != nil }
            switch moment {
            case "while it lingers": #expect(notes.state.end == "done")
            case "before it is sent", "before the answer": #expect(notes.state.end == "lost, not begun")
            default: #expect(notes.state.end == "lost, begun")
            }
            if moment == "from inside an event" { #expect(notes.state.events.count == 2) }
            if moment != "before it is sent" { await server.counts.wait { $0.closedConnections == 1 } }
            own.update { $0 = nil }
        }
    }
}
