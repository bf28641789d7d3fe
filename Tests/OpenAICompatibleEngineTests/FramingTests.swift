import NIOCore
import ResponsesAPI
import ResponsesEngine
import Testing

@testable import OpenAICompatibleEngine

/// Bodies that are something else than their heads say, and streams that never end.
@Suite(.timeLimit(.minutes(1)))
struct FramingTests {
    private static let whole =
        #"{"choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2}}"#
    private static let lines = Answer.short.split(separator: "\n").map { $0.dropFirst(6) }.joined(separator: "\n")

    struct Body: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var status = "200 OK"
        var type: String
        var text: String

        init(_ name: String, status: String = "200 OK", type: String, _ text: String) {
            (testDescription, self.status, self.type, self.text) = (name, status, type, text)
        }
    }

    static let bodies = [
        Body("a stream as JSON", type: "application/json", Answer.short), Body("a stream as text", type: "text/plain; charset=utf-8", Answer.short),
        Body("a stream as a page", type: "text/html", Answer.short), Body("a stream of no type", type: "", Answer.short),
        Body("a stream with a mark in front", type: "text/event-stream", "\u{FEFF}" + Answer.short),
        Body("a stream behind signs of life", type: "application/json", "\n\n: wait\n\n" + Answer.short),
        Body("a stream with another status", status: "201 Created", type: "text/event-stream", Answer.short),
        Body("JSON as a stream", type: "text/event-stream", whole), Body("JSON with a mark in front", type: "application/json", "\u{FEFF}" + whole),
        Body("JSON behind blanks", type: "text/plain", " \n" + whole), Body("a chunk a line", type: "application/x-ndjson", lines),
        Body("chunks without empty lines", type: "text/event-stream", Answer.short.split(separator: "\n").joined(separator: "\n")),
    ]

    @Test(arguments: bodies)
    func bodiesAreWhatTheyBeginLike(_ body: Body) async throws {
        try await FakeEngine.with { $0.answer(body.status, body.text, type: body.type) } _: { engine, _ in
            let sink = ListeningSink()
            try await engine.run(TransportTests.request, into: sink)
            #expect(sink.heard.text == "Hello")
            #expect(sink.heard.usage?.inputTokens == 9 && sink.heard.usage?.outputTokens == 2)
        }
    }

    @Test func aPageIsNoAnswer() async throws {
        try await FakeEngine.with { $0.answer("200 OK", "<!DOCTYPE html><html></html>", type: "text/event-stream") } _: { engine, _ in
            let error = await #expect(throws: EngineError.self) { try await engine.run(TransportTests.request, into: ListeningSink()) }
            #expect(error?.kind == .unavailable && error?.message.contains("base URL") == true)
        }
    }

    // MARK: Compressed

    private static let gzip: [UInt8] = [0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x1D, 0xCC, 0x31, 0x0A, 0x80, 0x30, 0x0C, 0x05, 0xD0, 0xBD, 0xA7, 0x90, 0x3F, 0x77, 0x70, 0xCE, 0xAC, 0xE0, 0xA4, 0x07, 0x10, 0x91, 0x62, 0x23, 0x16, 0x4A, 0x22, 0x36, 0x83, 0x20, 0xBD, 0xBB, 0xE2, 0xFC, 0xE0, 0xC5, 0x60, 0x81, 0x9A, 0x07, 0xDB, 0xA1, 0x69, 0xE3, 0x02, 0x9A, 0x1F, 0x24, 0x89, 0x7C, 0x83, 0x5A, 0x8F, 0xC8, 0xD9, 0x02, 0xE8, 0x63, 0x15, 0x63, 0x31, 0x10, 0x06, 0xCE, 0x59, 0x51, 0x3D, 0xF6, 0x24, 0xA9, 0x1C, 0xEB, 0xC5, 0xA1, 0xA8, 0x7C, 0x50, 0x4C, 0x4F, 0xD4, 0xA5, 0x3A, 0x17, 0xFF, 0x73, 0xEE, 0xA6, 0xB1, 0x5F, 0x9C, 0x7B, 0x01, 0x79, 0x2B, 0xF8, 0x8F, 0x62, 0x00, 0x00, 0x00]

    private func answer(_ exchange: FakeEngine.Exchange, _ bytes: [UInt8], coding: String?) {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\(coding.map { "Content-Encoding: \($0)\r\n" } ?? "")"
        exchange.send("\(head)Content-Length: \(bytes.count)\r\n\r\n")
        exchange.channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    @Test func aCompressedAnswerIsRead() async throws {
        try await FakeEngine.with { answer($0, Self.gzip, coding: "gzip") } _: { engine, fake in
            for _ in 0..<2 {
                let sink = ListeningSink()
                try await engine.run(TransportTests.request, into: sink)
                #expect(sink.heard.text == "Hello")
            }
            #expect(fake.connections == 1)
        }
    }

    @Test(arguments: ["br", "zstd", "gzip", nil])
    func oneThatCannotBeReadSaysSo(_ coding: String?) async throws {
        let bytes = coding == nil ? Self.gzip : [1, 2, 3, 4, 5, 6, 7, 8]
        try await FakeEngine.with { answer($0, bytes, coding: coding) } _: { engine, _ in
            let error = await #expect(throws: EngineError.self) { try await engine.run(TransportTests.request, into: ListeningSink()) }
            #expect(error?.message.contains("compressed") == true, "\(error?.message ?? "")")
        }
    }

    // MARK: Streams without an end

    @Test(arguments: [Answer.delta("Hel") + Answer.delta("lo") + Answer.stop + Answer.usage, Answer.delta("Hel") + Answer.delta("lo") + Answer.stop])
    func anAnswerWithoutItsMarkEnds(_ text: String) async throws {
        var limits = OpenAICompatibleLimits()
        limits.endMarkTimeout = .milliseconds(20)
        limits.countsTimeout = .milliseconds(20)
        limits.lingerTimeout = .milliseconds(20)
        try await FakeEngine.with(limits: limits) { exchange in
            exchange.beginStream()
            exchange.sendChunk(text)
        } _: { engine, fake in
            let sink = ListeningSink()
            try await engine.run(TransportTests.request, into: sink)
            #expect(sink.heard.text == "Hello" && sink.heard.finish == .stop)
            await fake.hasClosed(1)
        }
    }
}
