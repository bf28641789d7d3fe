import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import ResponsesAPI
import ResponsesCore
import Testing

@testable import ResponsesServer

/// A large response leaves in slices, and is whole all the same.
@Suite(.timeLimit(.minutes(1))) struct LargeResponseTests {
    /// Each of its last four events is more than a slice.
    private let piece = String(repeating: "0123456789abcdef", count: 8 << 10)
    private let pieces = 9
    private var text: String { String(repeating: piece, count: pieces) }

    private func answer(_ generation: HandEngine.Generation) {
        for _ in 0..<pieces { generation.send(piece) }
        generation.finish()
    }

    private func check(_ events: [RawJSON]) {
        #expect(events.enumerated().allSatisfy { $1["sequence_number"]?.intValue == $0 })
        #expect(events.last?.type == "response.completed")
        let deltas = events.filter { $0.type == "response.output_text.delta" }.compactMap { $0["delta"]?.stringValue }
        #expect(deltas.joined() == text)
        #expect(events.last?["response"].map(outputText) == text)
    }

    private func outputText(_ response: RawJSON) -> String {
        response["output"]?.elements.first?["content"]?.elements.first?["text"]?.stringValue ?? ""
    }

    @Test func overASocket() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let socket = try await server.socket()
            try await socket.send(create(#""input":"x","store":false"#))
            answer(try await engine.next())
            let events = try await socket.events(through: "response.completed")
            check(events)
            // What is asked for behind it comes behind it.
            let id = try #require(events.last?["response"]?["id"]?.stringValue)
            try await socket.send(create(#""input":"y","store":false,"previous_response_id":"\#(id)""#))
            try await engine.next().answer("on")
            #expect(try await socket.events(through: "response.completed").first?.type == "response.created")
            await socket.wire.close()
        }
    }

    /// Of two lanes, the small one's events stand between the large one's or behind them, never within.
    @Test func besideOtherLanes() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let socket = try await server.socket()
            try await socket.send(create(#""input":"x","store":false,"stream_id":"large""#))
            let large = try await engine.next()
            try await socket.send(create(#""input":"y","store":false,"stream_id":"small""#))
            let small = try await engine.next()
            answer(large)
            small.answer("quick")
            var lanes: [String: [RawJSON]] = [:]
            while lanes["large"]?.last?.type != "response.completed" || lanes["small"]?.last?.type != "response.completed" {
                let event = try await socket.event()
                lanes[event["stream_id"]?.stringValue ?? "", default: []].append(event)
            }
            check(try #require(lanes["large"]))
            #expect(lanes.count == 2)
            await socket.wire.close()
        }
    }

    @Test func asAStream() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            var request = HTTPClientRequest(url: "http://127.0.0.1:\(server.port)/v1/responses")
            request.method = .POST
            request.body = .bytes(ByteBuffer(string: #"{"model":"m","input":"x","stream":true}"#))
            async let response = HTTPClient.shared.execute(request, timeout: .seconds(60))
            answer(try await engine.next())
            let body = try await response.body.collect(upTo: 64 << 20)
            let data = String(buffer: body).split(separator: "\n").filter { $0.hasPrefix("data: ") }.map { $0.dropFirst(6) }
            #expect(data.last == "[DONE]")
            check(try data.dropLast().map { try RawJSON(parsing: Array($0.utf8)) })
        }
    }

    /// A small event waits for a full connection, and an end of more than a slice behind it: it all leaves.
    @Test func aLargeEndBehindASmallEvent() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let wire = try await Wire.connect(port: server.port, receiveBuffer: 64 << 10)
            try await wire.pause()
            // Kernels take 2.5 to 4 MiB for a reader that pauses, where they are set as they come: the first of its events, and not the
            // second. One that took less than the first would let nothing be said behind it.
            let instructions = String(repeating: "x", count: 2 << 20)
            try await wire.request(
                "POST", "/v1/responses", body: #"{"model":"m","input":"x","instructions":"\#(instructions)","stream":true}"#)
            try await engine.next().answer("ok")
            let book = server.services.book.process
            while book.bytes(for: .stored) == 0 || book.bytes(for: .answers) > 0 { await Task.yield() }
            try await wire.resume()
            let stream = try await wire.read { bytes in
                String(decoding: bytes.suffix(32), as: UTF8.self).contains("data: [DONE]\n\n") ? bytes.count : nil
            }
            #expect(stream.count > 6 << 20)
            await wire.close()
        }
    }

    @Test func asOneAnswer() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            async let response = server.post("/v1/responses", #"{"model":"m","input":"x"}"#)
            answer(try await engine.next())
            #expect(outputText(try await response.json) == text)
        }
    }

    enum Farewell: CaseIterable, Sendable { case leaves, staysAndTakesNothing }

    /// A client that does not take it, and leaves, or is there when the server shuts down: nothing stays behind.
    @Test(arguments: Farewell.allCases, ["socket", "stream", "answer"])
    func whileSlicesWait(_ farewell: Farewell, kind: String) async throws {
        let engine = HandEngine()
        let wire = try await TestServer.with(engine, configure: { $0.limits.shutdownGrace = .milliseconds(300) }) { server in
            let wire = try await server.stalledReader(kind)
            let generation = try await engine.next()
            answer(generation)
            #expect(await generation.ended() != .failed)
            if farewell == .leaves { try await wire.reset() }
            return wire
        }
        await wire.close()
    }
}
