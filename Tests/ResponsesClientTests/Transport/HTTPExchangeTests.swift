import NIOCore
import NIOPosix
import ResponsesAPI
import StreamingHTTP
import Testing

@testable import ResponsesClient
@testable import ResponsesTesting

/// One exchange as a test sees it.
private final class Seen: Sendable {
    struct State: Sendable {
        var types: [String] = []
        var last: ServerEvent?
        var end: ExchangeEnd?
    }

    let state = Watched(State())
    let poster: HTTPPoster
    private let exchange: Watched<HTTPExchange?> = .init(nil)

    init(_ poster: HTTPPoster) { self.poster = poster }

    /// - Parameter onEvent: on the loop, after the event was noted.
    func start(onEvent: @escaping @Sendable (HTTPExchange, Int) -> Void = { _, _ in }) {
        poster.loop.execute {
            let exchange = self.poster.post(
                Array(#"{"model":"m","stream":true}"#.utf8),
                received: { event in
                    let count = self.state.update { state in
                        state.types.append(event.type)
                        state.last = event
                        return state.types.count
                    }
                    self.exchange.state.map { onEvent($0, count) }
                },
                ended: { end in
                    self.state.update { state in
                        precondition(state.end == nil, "an exchange ends once")
                        state.end = end
                    }
                })
            self.exchange.update { $0 = exchange }
        }
    }

    func onLoop(_ body: @escaping @Sendable (HTTPExchange) -> Void) async {
        await exchange.wait { $0 != nil }
        let exchange = exchange.state!
        try? await poster.loop.submit { body(exchange) }.get()
    }

    func ended() async -> ExchangeEnd? {
        await state.wait { $0.end != nil }
        return state.state.end
    }
}

@Suite struct HTTPExchangeTests {
    private func with<R: Sendable>(
        _ respond: @escaping @Sendable (FakeServer.Exchange) -> Void,
        configure: (inout ResponsesClient.Configuration) -> Void = { _ in },
        _ body: (Seen, FakeServer) async throws -> R
    ) async throws -> R {
        try await FakeServer.with(respond) { port, fake in
            var configuration = ResponsesClient.Configuration(url: "http://127.0.0.1:\(port)/x?q=1", key: "k")
            configure(&configuration)
            let poster = try HTTPPoster(ServerAccess(configuration), on: MultiThreadedEventLoopGroup.singleton.any())
            let result: Result<R, any Error>
            do { result = .success(try await body(Seen(poster), fake)) } catch { result = .failure(error) }
            await poster.shutDown()
            return try result.get()
        }
    }

    @Test func tellsEventsAndTheEnd() async throws {
        let head = Watched("")
        try await with {
            head.update { [head = $0.head] in $0 = head }
            $0.answerStream(Canned.created + ": comment\n\n" + Canned.unknown + Canned.delta("h") + Canned.end() + Canned.done)
        } _: { seen, _ in
            seen.start()
            #expect(await seen.ended() == .finished)
            #expect(seen.state.state.types == [
                "response.created", "response.something_new", "response.output_text.delta", "response.completed",
            ])
            #expect(head.state.hasPrefix("POST /x/responses?q=1 HTTP/1.1\r\n"))
            #expect(head.state.contains("Authorization: Bearer k"))
            #expect(head.state.contains("Content-Type: application/json"))
        }
    }

    @Test func theConnectionIsKeptForTheNextTurn() async throws {
        try await with { $0.answerStream(Canned.created + Canned.end() + Canned.done) } _: { seen, fake in
            seen.start()
            #expect(await seen.ended() == .finished)
            // The end of the body comes with the event; the loop gives the connection back before it takes the next request.
            try await seen.poster.loop.submit {}.get()
            let next = Seen(seen.poster)
            next.start()
            #expect(await next.ended() == .finished)
            #expect(fake.counts.state.requests == 2)
            #expect(fake.counts.state.connections == 1)
        }
    }

    @Test(arguments: [
        ("completed", "response.completed"), ("incomplete", "response.incomplete"), ("failed", "response.failed"),
        ("cancelled", "response.incomplete"),
    ])
    func oneObjectBecomesItsLastEvent(status: String, type: String) async throws {
        try await with { $0.answer("200 OK", Canned.response(status), type: "application/json; charset=utf-8") } _: { seen, _ in
            seen.start()
            #expect(await seen.ended() == .finished)
            #expect(seen.state.state.types == [type])
            #expect(seen.state.state.last?.response?.outputText == "hi")
        }
    }

    /// The outcome of an answer: the events and the end, in words.
    @Test(arguments: [
        ("200 OK", "text/event-stream", Canned.created, 1, "broken"),
        ("200 OK", "text/event-stream", Canned.created + Canned.done, 1, "broken"),
        ("200 OK", "text/event-stream", "", 0, "broken"),
        ("200 OK", "text/event-stream", Canned.created + Canned.event("{oops"), 1, "garbage"),
        ("200 OK", "text/event-stream", Canned.created + Canned.event(#"{"type":"response.completed"}"#), 1, "garbage"),
        // A broken event on the way breaks no turn.
        ("200 OK", "text/event-stream", Canned.event(#"{"type":"response.output_text.delta"}"#) + Canned.end(), 1, "finished"),
        ("200 OK", "text/event-stream", Canned.event(#"{"error":{"message":"Boom.","code":429}}"#), 0, "refused 429 Boom."),
        ("200 OK", "text/event-stream", Canned.event(#"{"message":"Boom."}"#, name: "error"), 0, "refused 500 Boom."),
        ("200 OK", "text/event-stream",
            Canned.event(#"{"type":"error","error":{"type":"server_error","message":"Boom."}}"#), 1, "finished"),
        // The blank line after the last event is missing.
        ("200 OK", "text/event-stream", Canned.created + String(Canned.end().dropLast(2)), 2, "finished"),
        ("200 OK", "", Canned.created + Canned.end(), 2, "finished"),
        ("200 OK", "text/plain", Canned.response(), 1, "finished"),
        ("200 OK", "", "<!doctype html><html></html>", 0, "garbage"),
        ("200 OK", "text/html", "<html></html>", 0, "garbage"),
        ("200 OK", "application/json", "<html></html>", 0, "garbage"),
        ("200 OK", "application/json", "[]", 0, "garbage"),
        ("200 OK", "application/json", #"{"hello":1}"#, 0, "garbage"),
        ("200 OK", "application/json", #"{"error":{"message":"Boom.","type":"server_error"}}"#, 0, "refused 500 Boom."),
        ("200 OK", "application/json", Canned.response("in_progress"), 0, "garbage"),
        ("204 No Content", "", "", 0, "garbage"),
        ("302 Found", "", "", 0, "garbage"),
        ("400 Bad Request", "application/json", #"{"error":{"message":"No.","code":"previous_response_not_found"}}"#, 0,
            "refused 400 No."),
        ("401 Unauthorized", "application/json", #"{"error":{"message":"No."}}"#, 0, "refused 401 No."),
        ("404 Not Found", "application/json", #"{"detail":"Not Found"}"#, 0, "refused 404 Not Found"),
        ("503 Unavailable", "text/plain", "busy", 0, "refused 503 The server answered with status 503: busy"),
    ])
    func everyAnswerHasAnEnd(line: String, type: String, body: String, events: Int, outcome: String) async throws {
        try await with { exchange in
            let type = type.isEmpty ? "" : "Content-Type: \(type)\r\n"
            let length = line.hasPrefix("204") ? "" : "Content-Length: \(body.utf8.count)\r\n"
            exchange.send("HTTP/1.1 \(line)\r\n\(type)\(length)Location: http://127.0.0.1:1/\r\n\r\n\(body)")
        } _: { seen, fake in
            seen.start()
            let end = await seen.ended()
            let words: String =
                switch end {
                case .finished: "finished"
                case .refused(let error): "refused \(error.status) \(error.message)"
                case .broken: "broken"
                case .garbage: "garbage"
                default: "\(String(describing: end))"
                }
            #expect(words == outcome)
            #expect(seen.state.state.types.count == events)
            #expect(fake.counts.state.requests == 1)
        }
    }

    @Test func retryAfterIsHeard() async throws {
        try await with { $0.answer("429 Too Many", #"{"error":{"message":"Slow."}}"#, headers: "Retry-After: 7\r\n") } _: {
            seen, _ in
            seen.start()
            guard case .refused(let error) = await seen.ended() else {
                Issue.record("not refused")
                return
            }
            #expect(error.retryAfterSeconds == 7)
        }
    }

    @Test func anAnswerThatEndsHalfwayIsBroken() async throws {
        try await with {
            $0.beginStream()
            $0.sendChunk(Canned.created)
            $0.close()
        } _: { seen, _ in
            seen.start()
            let end = await seen.ended()
            #expect(end == .broken(reason: "the server closed the connection"))
            #expect(seen.state.state.types == ["response.created"])
        }
        try await with { $0.close() } _: { seen, _ in
            seen.start()
            #expect(await seen.ended() == .broken(reason: "the server closed the connection"))
        }
        // Of a refusal the status is enough.
        try await with {
            $0.send("HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nhalf")
            $0.close()
        } _: { seen, _ in
            seen.start()
            guard case .refused(let error) = await seen.ended() else {
                Issue.record("not refused")
                return
            }
            #expect(error.status == 503)
        }
    }

    @Test(.timeLimit(.minutes(1))) func anErrorWithoutEndIsCut() async throws {
        try await with {
            $0.send("HTTP/1.1 503 Busy\r\nContent-Length: 1000000\r\n\r\n" + String(repeating: "x", count: 70_000))
        } _: { seen, fake in
            seen.start()
            guard case .refused(let error) = await seen.ended() else {
                Issue.record("not refused")
                return
            }
            #expect(error.status == 503)
            await fake.counts.wait { $0.closedConnections == 1 }
        }
    }

    @Test func nobodyListens() async throws {
        let configuration = ResponsesClient.Configuration(url: "http://127.0.0.1:1")
        let poster = try HTTPPoster(ServerAccess(configuration), on: MultiThreadedEventLoopGroup.singleton.any())
        let seen = Seen(poster)
        seen.start()
        #expect(
            await seen.ended()
                == .unreachable(reason: "Nothing listens at 127.0.0.1:1. Start a server there, or correct the address."))
        await poster.shutDown()
    }

    @Test(arguments: [nil, Canned.created])
    func silenceTimesOut(said: String?) async throws {
        try await with {
            guard let said else { return }
            $0.beginStream()
            $0.sendChunk(said)
        } configure: {
            $0.limits.silenceMax = .milliseconds(100)
        } _: { seen, fake in
            seen.start()
            #expect(await seen.ended() == .timedOut)
            await fake.counts.wait { $0.closedConnections == 1 }
        }
    }

    @Test func cancellingClosesTheConnection() async throws {
        try await with {
            $0.beginStream()
            $0.sendChunk(Canned.created + Canned.delta("a") + Canned.delta("b"))
        } _: { seen, fake in
            // From inside an event: no other comes.
            seen.start { exchange, count in if count == 2 { exchange.cancel() } }
            _ = await seen.ended()
            #expect(seen.state.state.types == ["response.created", "response.output_text.delta"])
            await fake.counts.wait { $0.closedConnections == 1 }
        }
        // Before any answer.
        try await with { _ in } _: { seen, fake in
            seen.start()
            await fake.counts.wait { $0.requests == 1 }
            await seen.onLoop { $0.cancel() }
            _ = await seen.ended()
            await fake.counts.wait { $0.closedConnections == 1 }
        }
    }

    @Test func aPausedExchangeReadsNoMore() async throws {
        let big = Canned.delta(String(repeating: "x", count: 100_000))
        let pieces = 400
        let written = Watched(0)
        try await with { exchange in
            exchange.beginStream()
            @Sendable func next(_ number: Int) {
                guard number < pieces else {
                    exchange.sendChunk(Canned.end())
                    return exchange.endStream()
                }
                let chunk = "\(String(big.utf8.count, radix: 16))\r\n\(big)\r\n"
                exchange.channel.writeAndFlush(ByteBuffer(string: chunk)).whenSuccess {
                    written.update { $0 += 1 }
                    next(number + 1)
                }
            }
            next(0)
        } _: { seen, _ in
            // 40 MB wait: what buffers hold is a small part of it.
            seen.start { exchange, count in if count == 1 { exchange.pause() } }
            await seen.state.wait { !$0.types.isEmpty }
            let before = written.state
            #expect(before < pieces)
            #expect(seen.state.state.end == nil)
            await seen.onLoop { $0.resume() }
            #expect(await seen.ended() == .finished)
            #expect(seen.state.state.types.count == pieces + 1)
        }
    }

    @Test func aPausedExchangeCanBeCancelled() async throws {
        try await with { exchange in
            exchange.beginStream()
            for _ in 0..<100 { exchange.sendChunk(Canned.delta(String(repeating: "x", count: 100_000))) }
        } _: { seen, fake in
            seen.start { exchange, count in if count == 1 { exchange.pause() } }
            await seen.state.wait { !$0.types.isEmpty }
            await seen.onLoop { $0.cancel() }
            _ = await seen.ended()
            await fake.counts.wait { $0.closedConnections == 1 }
        }
    }

    @Test func aServerThatEndsItsAnswerLateHoldsNobodyUp() async throws {
        try await with {
            $0.beginStream()
            $0.sendChunk(Canned.created + Canned.end() + Canned.done)
        } _: { seen, _ in
            seen.start()
            #expect(await seen.ended() == .finished)
            // Shutting down does not wait for the rest either.
        }
    }

    @Test func createAndModelsTellWhatIsWrong() async throws {
        func client(_ port: Int) throws -> ResponsesClient { try ResponsesClient(.init(url: "127.0.0.1:\(port)")) }
        try await FakeServer.with { exchange in
            if exchange.head.hasPrefix("GET") {
                exchange.answer("200 OK", #"{"object":"list","data":[{"id":"a"},{"id":"b"}]}"#)
            } else {
                exchange.answer("200 OK", Canned.response(exchange.body.contains(#""stream":false"#) ? "failed" : "completed"))
            }
        } _: { port, _ in
            let models = try await client(port).models()
            #expect(models == ["a", "b"])
            // A failed response is an answer.
            let response = try await client(port).create(CreateRequest())
            #expect(response.status == .failed)
        }
        try await FakeServer.with { $0.answer("429 Slow", #"{"error":{"message":"Slow."}}"#, headers: "Retry-After: 2\r\n") } _: {
            port, _ in
            let create = await #expect(throws: APIError.self) { try await client(port).create(CreateRequest()) }
            #expect(create?.retryAfterSeconds == 2)
            let models = await #expect(throws: APIError.self) { try await client(port).models() }
            #expect(models?.status == 429)
        }
        try await FakeServer.with { $0.answer("200 OK", "<html></html>", type: "text/html") } _: { port, _ in
            let create = await #expect(throws: ClientError.self) { try await client(port).create(CreateRequest()) }
            #expect(create?.code == .protocolViolation)
            let models = await #expect(throws: ClientError.self) { try await client(port).models() }
            #expect(models?.code == .protocolViolation)
        }
        let nobody = await #expect(throws: ClientError.self) { try await client(1).models() }
        #expect(nobody?.code == .unreachable)
    }

    @Test func createIsCancelledWithItsTask() async throws {
        try await FakeServer.with { _ in } _: { port, fake in
            let client = try ResponsesClient(.init(url: "127.0.0.1:\(port)"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let error = await #expect(throws: ClientError.self) { try await client.create(CreateRequest()) }
                    #expect(error?.code == .cancelled)
                }
                await fake.counts.wait { $0.requests == 1 }
                group.cancelAll()
                try await group.waitForAll()
            }
            await fake.counts.wait { $0.closedConnections == 1 }
        }
    }
}
