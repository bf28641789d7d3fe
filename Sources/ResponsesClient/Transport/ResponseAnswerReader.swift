import NIOHTTP1
import ResponsesAPI
import StreamingHTTP

typealias HTTPExchange = StreamedExchange<ResponseAnswerReader>

/// Makes events of the answer to one `POST /responses`.
final class ResponseAnswerReader: AnswerReader {
    /// Why the exchange goes no further; thrown through the exchange and back to this reader.
    private struct Over: Error {
        var end: ExchangeEnd
    }

    private let access: ServerAccess
    private let received: (ServerEvent) -> Void
    private let reportEnd: (ExchangeEnd) -> Void
    /// Of an answer that says no.
    private var refusalHead: HTTPResponseHead?

    init(_ access: ServerAccess, received: @escaping (ServerEvent) -> Void, ended: @escaping (ExchangeEnd) -> Void) {
        self.access = access
        self.received = received
        reportEnd = ended
    }

    func ended(_ end: ExchangeEnd) { reportEnd(end) }

    // MARK: What answers

    func form(of head: HTTPResponseHead) -> AnswerForm {
        guard head.status == .ok else {
            refusalHead = head
            return .refusal(bytesMax: Self.errorBytesMax)
        }
        let type = head.headers.first(name: "content-type")?.lowercased() ?? ""
        if type.hasPrefix("text/event-stream") { return .stream }
        return type.hasPrefix("application/json") ? object : .undecided
    }

    func form(firstByte: UInt8) throws -> AnswerForm {
        switch firstByte {
        case UInt8(ascii: "{"): object
        case UInt8(ascii: "<"): throw Over(end: .garbage(reason: "it sent a page. Check that the address is that of an API."))
        default: .stream
        }
    }

    private var object: AnswerForm { .object(bytesMax: access.limits.receivedBytesMax) }

    /// Of an error's body; more than this is not a message.
    private static var errorBytesMax: Int { 64 << 10 }

    func refusal(_ body: [UInt8]) -> ExchangeEnd {
        guard let head = refusalHead else { return .broken(reason: "the answer could not be read") }
        let status = Int(head.status.code)
        if (400...599).contains(status) { return .refused(APIError(status: status, headers: head.headers, body: body)) }
        // Not followed: the key would go to an address that nobody chose.
        if (300...399).contains(status) {
            return .garbage(reason: "it redirects with status \(status). Use the address that it redirects to.")
        }
        return .garbage(reason: "status \(status).")
    }

    // MARK: Events

    func read(_ event: SSEReader.Event) throws -> Bool {
        if event.data.isEmpty { return false }
        if Self.isDone(event.data) { throw Over(end: .broken(reason: "the stream ended before its last event")) }
        let bytes = Array(event.data)
        switch ServerEvent.read(bytes) {
        case .event(let event):
            received(event)
            // `[DONE]` and the end of the body may follow the last event; they change nothing.
            return event.isTerminal
        case .passedOver:
            // Some servers send a bare error in mid-stream, as they do with Chat Completions.
            guard let json = try? RawJSON(parsing: bytes), json["type"] == nil else { return false }
            if event.name == "error" || json["error"]?.isObject ?? false { throw Over(end: .refused(APIError(reading: json))) }
            return false
        case .garbage:
            throw Over(end: .garbage(reason: "an event of the stream is not a JSON object, or the last event is broken."))
        }
    }

    private static func isDone(_ data: UnsafeBufferPointer<UInt8>) -> Bool { data.elementsEqual("[DONE]".utf8) }

    func streamEnded(hasLast: Bool) -> ExchangeEnd { hasLast ? .finished : Self.endedEarly }

    /// A whole response as the one event it would have ended its stream with.
    func object(_ body: [UInt8]) throws -> ExchangeEnd {
        guard let json = try? RawJSON(parsing: body), json.isObject else {
            throw Over(end: .garbage(reason: "its answer is not a JSON object."))
        }
        guard json["id"]?.isString ?? false else {
            guard let error = json["error"], !error.isNull else {
                throw Over(end: .garbage(reason: "its answer is not a response."))
            }
            throw Over(end: .refused(APIError(reading: json)))
        }
        let status = try ResponseObject(json).status
        let type =
            switch status {
            case .completed, .incomplete, .failed: "response.\(status.rawValue)"
            // There is no event for these; they end a turn without its whole output.
            case .cancelled: "response.incomplete"
            default: throw Over(end: .garbage(reason: "its response has not ended."))
            }
        var event = JSONWriter(reserving: json.bytes.count + 96)
        event.beginObject()
        event.key("type")
        event.value(type)
        event.key("sequence_number")
        event.value(0)
        event.key("response")
        event.value(json)
        event.endObject()
        received(try ServerEvent(event.raw))
        return .finished
    }

    // MARK: Ends

    private static var endedEarly: ExchangeEnd { .broken(reason: "the answer ended before its last event") }

    func outcome(of problem: ExchangeProblem, after progress: ExchangeProgress) -> ExchangeEnd {
        switch problem {
        case .noFirstByte, .silence: return .timedOut
        case .tooLong: return .garbage(reason: "it sent more in one piece than ClientLimits.receivedBytesMax allows.")
        case .empty: return Self.endedEarly
        case .badCompression: return .broken(reason: "the answer is compressed in a way that cannot be read")
        case .unreadable(let over as Over): return over.end
        case .unreadable(let error as APIError): return .garbage(reason: error.message)
        case .unreadable: return .broken(reason: "the answer could not be read")
        case .lost(let error):
            if let problem = ConnectProblem(error) { return .unreachable(reason: access.reason(problem)) }
            // Of a refusal the status is enough.
            return refusalHead == nil ? .broken(reason: "the server closed the connection") : refusal(progress.body)
        }
    }
}
