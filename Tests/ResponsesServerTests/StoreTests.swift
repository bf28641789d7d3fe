import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesStore
import ResponsesTesting
import Testing

@testable import ResponsesServer

/// A store that takes its time, over real sockets: the last event of a stored turn waits for it, and nothing waits longer than
/// it may. `TestServer.with` sees to it that nothing runs in the end.
@Suite(.timeLimit(.minutes(1))) struct StoreTests {
    /// A client that asked for a response, and how it reads it.
    private enum Client {
        case socket(Socket), stream(Wire), answer(Wire)

        var wire: Wire {
            switch self {
            case .socket(let socket): socket.wire
            case .stream(let wire), .answer(let wire): wire
            }
        }

        /// How a turn ended: the types of its last events, or the status of its answer; and the error's code.
        func end() async throws -> (said: [String], code: String?) {
            switch self {
            case .socket(let socket):
                let last = try await socket.terminal()
                return ([last.type], last.string("response.error.code") ?? last.string("error.code"))
            case .stream(let wire):
                let text = try await wire.read(through: "data: [DONE]")
                let lines = text.split(whereSeparator: \.isNewline)
                let types = lines.filter { $0.hasPrefix("event: ") }.map { String($0.dropFirst("event: ".count)) }
                let data = lines.last { $0.hasPrefix("data: {") }?.dropFirst("data: ".count) ?? ""
                return (types.suffix(2), try RawJSON(parsing: String(data)).string("response.error.code"))
            case .answer(let wire):
                let response = try await wire.response()
                return (["\(response.status)"], try RawJSON(parsing: response.body).string("error.code"))
            }
        }
    }

    private let kinds = ["socket", "stream", "answer"]

    private func client(_ kind: String, of server: TestServer, _ fields: String = #""input":"MARKERinput""#) async throws -> Client {
        if kind == "socket" {
            let socket = try await server.socket()
            try await socket.send(create(fields))
            return .socket(socket)
        }
        let wire = try await server.wire()
        try await wire.request("POST", "/v1/responses", body: #"{"model":"m","stream":\#(kind == "stream"),\#(fields)}"#)
        return kind == "stream" ? .stream(wire) : .answer(wire)
    }

    @Test(arguments: ["socket", "stream", "answer"])
    func theLastEventWaits(kind: String) async throws {
        let (engine, store) = (HandEngine(), HeldStore())
        try await TestServer.with(engine, store: store) { server in
            let client = try await client(kind, of: server)
            try await engine.next().answer("good day")
            await store.asked(1)
            if case .socket(let socket) = client {
                // What is said now comes behind everything that was written before.
                try await socket.send("{")
                let events = try await socket.events(through: "error")
                #expect(events.dropLast().last?.type == "response.output_item.done")
            }
            #expect(store.kept.count == 0)
            store.answer()
            let end = try await client.end()
            #expect(end.said.last == (kind == "answer" ? "200" : "response.completed"))
            #expect(store.kept.count == 1)
            await client.wire.close()
        }
    }

    /// The proof over HTTP that the end was not written before the store answered: it says what the store answered.
    @Test(arguments: ["socket", "stream", "answer"], [StoreError.unavailable(reason: "the disk is gone"), .full, .taken])
    func aStoreThatFailsFailsTheTurn(kind: String, error: StoreError) async throws {
        let (engine, store, log) = (HandEngine(), HeldStore(), LogRecorder())
        store.fail(error)
        try await TestServer.with(engine, logger: log.logger, store: store) { server in
            let client = try await client(kind, of: server)
            try await engine.next().answer("MARKERoutput")
            await store.asked(1)
            store.answer()
            let end = try await client.end()
            switch kind {
            case "socket": #expect(end.said == ["response.failed"])
            case "stream": #expect(end.said == ["error", "response.failed"])
            default: #expect(end.said == ["503"])
            }
            #expect(end.code == "server_error")
            await client.wire.close()
        }
        #expect(log.messages.count { $0 == "warning store failed" } == 1)
        #expect(!log.text.contains("MARKER"))
    }

    @Test(arguments: ["socket", "stream", "answer"])
    func aStoreThatCannotLookIsNotAMissingResponse(kind: String) async throws {
        let (engine, store) = (HandEngine(), HeldStore())
        store.fail(.unavailable(reason: "the disk is gone"))
        try await TestServer.with(engine, store: store) { server in
            let client = try await client(kind, of: server, #""input":"x","previous_response_id":"resp_1""#)
            await store.asked(1)
            store.answer()
            if kind == "socket" {
                let end = try await client.end()
                #expect(end.said == ["error"] && end.code == "server_error")
            } else {
                #expect(try await client.wire.response().status == 503)
            }
            await client.wire.close()
        }
        #expect(engine.waitingCount == 0)
    }

    /// The engine is stopped while the store keeps what it made: two works of one turn, of which neither may be lost.
    @Test(arguments: ["socket", "stream", "answer"], [true, false])
    func aResponseThatIsCutIsKept(kind: String, vanishes: Bool) async throws {
        let (engine, store) = (HandEngine(), HeldStore())
        try await TestServer.with(engine, store: store, configure: { $0.limits.responseBytesMax = 1000 }) { server in
            let client = try await client(kind, of: server)
            let generation = try await engine.next()
            generation.send(String(repeating: "x", count: 2000))
            #expect(await generation.ended() == .cancelled)
            await store.asked(1)
            if vanishes {
                try await client.wire.reset()
            } else {
                store.answer()
                let end = try await client.end()
                #expect(end.said.last == (kind == "answer" ? "200" : "response.incomplete"))
                await client.wire.close()
            }
            if vanishes { store.answer() }
        }
        // The end of the server waited for it.
        #expect(store.kept.count == 1)
    }

    /// The response is whole: its client may come back for it.
    @Test(arguments: ["socket", "stream", "answer"])
    func aVanishedClientsResponseIsKept(kind: String) async throws {
        let (engine, store) = (HandEngine(), HeldStore())
        try await TestServer.with(engine, store: store) { server in
            let client = try await client(kind, of: server)
            try await engine.next().answer("good day")
            await store.asked(1)
            try await client.wire.reset()
            // The server ends only after the store has answered, which it has not when the socket is gone.
            #expect(store.kept.count == 0)
            store.answer()
        }
        #expect(store.kept.count == 1)
    }

    /// Neither a client that waits nor one that is gone holds the server longer than the grace.
    @Test(arguments: ["socket", "stream", "answer"], [false, true])
    func aStoreThatNeverAnswersDoesNotHoldTheServer(kind: String, vanishes: Bool) async throws {
        let (engine, store) = (HandEngine(), HeldStore())
        try await TestServer.with(engine, store: store, configure: { $0.limits.shutdownGrace = .milliseconds(100) }) { server in
            let client = try await client(kind, of: server)
            try await engine.next().answer("good day")
            await store.asked(1)
            if vanishes { return try await client.wire.reset() }
            await server.shutDown()
            let end = try await client.end()
            switch client {
            case .socket(let socket):
                #expect(end.said == ["response.failed"])
                #expect(await socket.closeCode() == 1001)
            case .stream: #expect(end.said == ["error", "response.failed"])
            case .answer: #expect(end.said == ["503"])
            }
            if case .answer = client {
                #expect(end.code == "server_is_overloaded")
            } else {
                #expect(end.code == "rate_limit_exceeded")
            }
            await client.wire.close()
        }
        #expect(store.kept.count == 0)
    }

    @Test(arguments: ["socket", "stream", "answer"], [false, true])
    func aLookThatIsNeverAnsweredDoesNotHoldTheServer(kind: String, vanishes: Bool) async throws {
        let (engine, store) = (HandEngine(), HeldStore())
        try await TestServer.with(engine, store: store, configure: { $0.limits.shutdownGrace = .milliseconds(100) }) { server in
            let client = try await client(kind, of: server, #""input":"x","previous_response_id":"resp_1""#)
            await store.asked(1)
            if vanishes { return try await client.wire.reset() }
            await server.shutDown()
            if case .socket(let socket) = client {
                #expect(try await socket.terminal().type == "error")
                #expect(await socket.closeCode() == 1001)
            } else {
                #expect(try await client.wire.response().status == 503)
            }
            await client.wire.close()
        }
        #expect(engine.waitingCount == 0)
    }

    /// A cancel while the store looks ends the turn, and its lane goes on.
    @Test func aCancelWhileTheStoreLooks() async throws {
        let (engine, store) = (HandEngine(), HeldStore())
        try await TestServer.with(engine, store: store) { server in
            let socket = try await server.socket()
            try await socket.send(create(#""input":"x","previous_response_id":"resp_1""#))
            try await socket.send(create(#""input":"y","store":false"#))
            await store.asked(1)
            try await socket.send(#"{"type":"response.cancel"}"#)
            #expect(try await socket.event().string("error.code") == "response_cancelled")
            try await engine.next().answer("next")
            #expect(try await socket.terminal().type == "response.completed")
            await socket.close()
        }
    }

    /// Whoever asked for a continuation on another connection gets it: the response is there before its end is said.
    @Test func whoReadsTheEndCanContinueElsewhere() async throws {
        let (engine, store) = (HandEngine(), HeldStore())
        store.answer(1000)
        try await TestServer.with(engine, store: store) { server in
            var parent = ""
            for number in 0..<3 {
                for kind in kinds {
                    let more = parent.isEmpty ? "" : #","previous_response_id":"\#(parent)""#
                    let client = try await client(kind, of: server, #""input":"\#(kind) \#(number)"\#(more)"#)
                    let generation = try await engine.next()
                    #expect(generation.request.prompt.text.contains("socket 0"))
                    generation.answer("good day")
                    switch client {
                    case .socket(let socket): parent = try await socket.terminal().string("response.id") ?? ""
                    case .answer(let wire): parent = try RawJSON(parsing: try await wire.response().body).string("id") ?? ""
                    case .stream(let wire):
                        let data = try await wire.read(through: "data: [DONE]").split(separator: "\n").last { $0.hasPrefix("data: {") }
                        parent = try RawJSON(parsing: String(data?.dropFirst(6) ?? "")).string("response.id") ?? ""
                    }
                    await client.wire.close()
                }
            }
        }
        #expect(store.kept.count == 9)
    }
}
