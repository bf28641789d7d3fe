import NIOHTTP1
import ResponsesAPI
import StreamingHTTP

/// Reads the stream of one turn.
final class ResentTurnReader: AnswerReader {
    /// Why the stream is read no further; thrown through the exchange and back to this reader.
    private struct Over: Error {
        var reason: String
    }

    private let wire: ResendingWire
    private let reportEnd: (Result<ResentTurn, BenchError>) -> Void
    private var turn = ResentTurn()
    /// Of an answer that is no stream.
    private var status = 200

    /// - Parameter ended: called once, on the exchange's loop.
    init(_ wire: ResendingWire, ended: @escaping (Result<ResentTurn, BenchError>) -> Void) {
        self.wire = wire
        reportEnd = ended
    }

    func form(of head: HTTPResponseHead) -> AnswerForm {
        status = Int(head.status.code)
        let isStream = head.headers.first(name: "content-type")?.lowercased().hasPrefix("text/event-stream") ?? false
        return status == 200 && isStream ? .stream : .refusal(bytesMax: Self.errorBytesMax)
    }

    /// More than this is not a message.
    private static var errorBytesMax: Int { 64 << 10 }

    func read(_ event: SSEReader.Event) throws -> Bool {
        if event.data.isEmpty { return false }
        if wire == .chat, event.data.elementsEqual("[DONE]".utf8) { return true }
        guard let json = try? RawJSON(parsing: Array(event.data)), json.isObject else {
            throw Over(reason: "an event of the stream is not a JSON object")
        }
        if let error = json["error"], error.isObject { throw Over(reason: Self.words(error) ?? "the server reports an error") }
        switch wire {
        case .chat:
            turn.read(chunk: json)
            return false
        case .messages: return turn.read(event: json)
        }
    }

    func streamEnded(hasLast: Bool) throws -> Result<ResentTurn, BenchError> {
        // Not all servers of Chat Completions end with `[DONE]`.
        guard hasLast || wire == .chat && turn.hasReason else { throw Over(reason: "the stream ended before its last event") }
        turn.end()
        return .success(turn)
    }

    func object(_ body: [UInt8]) throws -> Result<ResentTurn, BenchError> { refusal(body) }

    func refusal(_ body: [UInt8]) -> Result<ResentTurn, BenchError> {
        let words = (try? RawJSON(parsing: body)).flatMap { $0["error"] }.flatMap(Self.words)
        return failure(words ?? (status == 200 ? "the server did not stream" : "the server answered with status \(status)"))
    }

    /// A message of the server, as a part of a sentence.
    private static func words(_ error: RawJSON) -> String? {
        error["message"]?.stringValue.map { $0.hasSuffix(".") ? String($0.dropLast()) : $0 }
    }

    private func failure(_ reason: String) -> Result<ResentTurn, BenchError> {
        .failure(BenchError(reason, wayOut: "Check the server, or leave this way out", changing: [.ways]))
    }

    func outcome(of problem: ExchangeProblem, after progress: ExchangeProgress) -> Result<ResentTurn, BenchError> {
        switch problem {
        case .noFirstByte, .silence: failure("the server was silent for too long")
        case .tooLong: failure("an event of the stream is too long")
        case .empty: failure("the answer ended before it began")
        case .badCompression: failure("the answer is compressed in a way that cannot be read")
        case .unreadable(let over as Over): failure(over.reason)
        case .unreadable: failure("the answer could not be read")
        case .lost: failure("the server closed the connection")
        }
    }

    func ended(_ outcome: Result<ResentTurn, BenchError>) { reportEnd(outcome) }
}
