import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import Testing

@testable import ResponsesCore

/// A response ends in two steps, and can be stored between them.
struct TurnWriterTests {
    /// Seals by repeating: enough to have something sealed.
    private struct Doubler: ContentSealer {
        func seal(_ text: JSONText, as purpose: SealPurpose, for owner: Owner) -> String { text.string + text.string }
        func open(_ sealed: String, as purpose: SealPurpose, for owner: Owner) -> JSONText? { nil }
    }

    private static let result = GenerationResult(finish: .stop, usage: Usage(inputTokens: 3, outputTokens: 2))
    private static let lost = APIError(status: 500, type: "server_error", code: .serverError, message: "It could not be stored.")

    private func assembler(announcesFailures: Bool = false) throws -> ResponseAssembler {
        let body = #"{"model":"m","input":"hi","tools":[{"type":"function","name":"f"}],"metadata":{"a":"b"}}"#
        let request = try CreateRequest(parsing: Array(body.utf8))
        var settings = AssemblerSettings()
        settings.announcesFailures = announcesFailures
        return ResponseAssembler(
            id: "resp_1", lane: LaneTag(nil), echo: ResponseEcho(request, id: "resp_1", model: "m", createdAt: 1), settings: settings)
    }

    /// Each way to decide how a response ends, with its last event.
    enum Way: CaseIterable {
        case finish, limit, warmup, fail, cancel

        var last: String {
            switch self {
            case .finish, .warmup: "response.completed"
            case .limit, .cancel: "response.incomplete"
            case .fail: "response.failed"
            }
        }
    }

    private func end(_ writer: inout ResponseAssembler, _ way: Way, into events: inout EventBuffer) -> AssembledResponse {
        switch way {
        case .finish: writer.finish(TurnWriterTests.result, at: 2, into: &events)
        case .limit: writer.finish(GenerationResult(finish: .length, usage: Usage()), at: 2, into: &events)
        case .warmup: writer.finishWarmup(Usage(inputTokens: 3), at: 2, into: &events)
        case .fail: writer.fail(.shuttingDown, into: &events)
        case .cancel: writer.cancel(into: &events)
        }
    }

    @Test(arguments: Way.allCases) func whatIsStoredIsTheLastObjectWithoutItsLists(way: Way) throws {
        var writer = try assembler()
        var events = EventBuffer()
        writer.begin(into: &events)
        if way != .warmup { writer.receive([.text("a")], into: &events) }
        let assembled = end(&writer, way, into: &events)
        #expect(events.texts.allSatisfy { !ReceivedEvent($0).isLast }, "the last event waits")
        let stored = try #require(writer.storedObject())
        let object = writer.writeLast(into: &events)
        #expect(events.texts.map { ReceivedEvent($0).type }.last == way.last)
        let written = try RawJSON(parsing: Array(events.bytes[object]))
        #expect(stored["output"]?.text == "[]")
        #expect(stored["tools"]?.text == "[]")
        #expect(written["output"]?.elements == assembled.output)
        #expect(written["tools"]?.elements.count == 1)
        #expect(stored["status"]?.stringValue == assembled.status.description)
        for name in ["id", "status", "usage", "error", "completed_at", "metadata", "incomplete_details"] {
            #expect(stored[name] == written[name], "\(name)")
        }
        // Both lists put back in their places, it is the same text.
        let whole = stored.text
            .replacing(#""output":[]"#, with: #""output":\#(written["output"]?.text ?? "")"#)
            .replacing(#""tools":[]"#, with: #""tools":\#(written["tools"]?.text ?? "")"#)
        #expect(whole == written.text)
    }

    @Test(arguments: Way.allCases) func whatCannotBeStoredFails(way: Way) throws {
        var writer = try assembler(announcesFailures: true)
        var events = EventBuffer()
        writer.begin(into: &events)
        _ = end(&writer, way, into: &events)
        let before = events.marks.count
        let assembled = writer.failing(Self.lost)
        #expect(assembled.error == Self.lost)
        #expect(assembled.status.description == "failed")
        #expect(events.marks.count == before, "nothing is written yet")
        _ = writer.writeLast(into: &events)
        let written = events.texts.dropFirst(before).map { ReceivedEvent($0) }
        #expect(written.map(\.type) == ["error", "response.failed"])
        #expect(written.last?.string("response.error.message") == Self.lost.message)
        #expect(written.map(\.number) == [before, before + 1])
        #expect(try #require(writer.storedObject())["status"]?.stringValue == "failed")
    }

    @Test func nothingComesAfterTheLastEvent() throws {
        var writer = try assembler()
        var events = EventBuffer()
        writer.begin(into: &events)
        _ = writer.finish(Self.result, at: 2, into: &events)
        // A slow store: signs of life go on.
        writer.heartbeat(into: &events)
        writer.receive([.text("late")], into: &events)
        _ = writer.writeLast(into: &events)
        #expect(
            events.texts.map { ReceivedEvent($0).type } == beginning + ["response.in_progress", "response.completed"])
        events.removeAll()
        #expect(writer.writeLast(into: &events).isEmpty)
        writer.heartbeat(into: &events)
        writer.receive([.text("late")], into: &events)
        #expect(events.isEmpty)
    }

    @Test func aCompactionEndsInTwoStepsToo() throws {
        for isLost in [false, true] {
            var writer = CompactionWriter(id: "resp_1", conversation: [.userMessage("one")], sealer: OwnedSealer(Doubler(), owner: .anybody))
            var events = EventBuffer()
            writer.receive([.text("all")], into: &events)
            #expect(writer.finish(Self.result, at: 2, into: &events).error == nil)
            #expect(events.isEmpty)
            #expect(writer.storedObject() == nil, "it is never stored")
            if isLost { #expect(writer.failing(Self.lost).error == Self.lost) }
            let object = writer.writeLast(into: &events)
            #expect(object.isEmpty == isLost)
            #expect(events.isEmpty == isLost)
        }
    }
}
