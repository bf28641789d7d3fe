import NIOHTTP1
import ResponsesAPI
import StreamingHTTP

@testable import ResponsesTesting

/// Notes all that an exchange brings. A stream ends with `[DONE]`, and `boom` cannot be read.
final class NotingReader: AnswerReader {
    struct Notes: Sendable {
        var events: [String] = []
        var parts = 0
        var end: String?
    }

    struct Boom: Error {}

    let notes = Watched(Notes())
    /// Runs after each event, with how many there were.
    private let onEvent: @Sendable (Int) -> Void

    init(onEvent: @escaping @Sendable (Int) -> Void = { _ in }) { self.onEvent = onEvent }

    func form(of head: HTTPResponseHead) -> AnswerForm {
        if head.status != .ok { return .refusal(bytesMax: 100) }
        switch head.headers.first(name: "content-type") {
        case "text/event-stream": return .stream
        case "application/json": return .object(bytesMax: 100)
        default: return .undecided
        }
    }

    func form(firstByte: UInt8) -> AnswerForm { firstByte == UInt8(ascii: "{") ? .object(bytesMax: 100) : .stream }

    func read(_ event: SSEReader.Event) throws -> Bool {
        let text = String(decoding: event.data, as: UTF8.self)
        if text == "boom" { throw Boom() }
        if text == "[DONE]" { return true }
        let count = notes.update { notes in
            notes.events.append(text)
            return notes.events.count
        }
        onEvent(count)
        return false
    }

    func partWasRead() { notes.update { $0.parts += 1 } }
    func streamEnded(hasLast: Bool) -> String { hasLast ? "done" : "ended" }
    func object(_ body: [UInt8]) -> String { "object \(String(decoding: body, as: UTF8.self))" }
    func refusal(_ body: [UInt8]) -> String { "refusal of \(body.count)" }

    func outcome(of problem: ExchangeProblem, after progress: ExchangeProgress) -> String {
        let begun = progress.hasBegun ? "begun" : "not begun"
        return switch problem {
        case .noFirstByte: "no first byte"
        case .silence: "silence"
        case .tooLong: "too long"
        case .empty: "empty"
        case .badCompression: "bad compression"
        case .unreadable(let error): "unreadable \(error is Boom)"
        case .lost(let error): ConnectProblem(error).map { "\($0)" } ?? "lost, \(begun)"
        }
    }

    func ended(_ outcome: String) {
        notes.update { notes in
            precondition(notes.end == nil, "an exchange ends once")
            notes.end = outcome
        }
    }
}
