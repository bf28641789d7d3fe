import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import Synchronization
import Testing

@testable import MessagesWire
@testable import ResponsesCore

/// Seals by turning the text around: another reader finds nothing, and what was changed does not open.
struct TurningSealer: ContentSealer {
    func seal(_ text: JSONText, as purpose: SealPurpose, for owner: Owner) -> String {
        "\(purpose.rawValue)/\(owner.rawValue)/" + String(text.string.reversed())
    }

    func open(_ sealed: String, as purpose: SealPurpose, for owner: Owner) -> JSONText? {
        let head = "\(purpose.rawValue)/\(owner.rawValue)/"
        return sealed.hasPrefix(head) ? JSONText(String(sealed.dropFirst(head.count).reversed())) : nil
    }

    static let owned = OwnedSealer(TurningSealer(), owner: .anybody)
}

/// A body as clients send it, read.
func read(
    _ body: String, isCount: Bool = false, headers: [String: String] = [:], sealer: OwnedSealer? = TurningSealer.owned
) throws -> WireRequest {
    let reading = WireReading(isCount: isCount, header: { headers[$0] }, sealer: sealer)
    return try MessagesWire().request(reading: Array(body.utf8), reading)
}

/// A body with the fields that every one has, and more.
func body(_ messages: String = #"[{"role":"user","content":"hi"}]"#, _ more: String = "") -> String {
    #"{"model":"m","max_tokens":100,"messages":\#(messages)\#(more.isEmpty ? "" : ",")\#(more)}"#
}

/// The error that a body is refused with.
func refusal(_ body: String, isCount: Bool = false) -> APIError? {
    do {
        _ = try read(body, isCount: isCount)
        return nil
    } catch {
        return error as? APIError
    }
}

/// What a body's error says on the wire.
func said(_ error: APIError) throws -> (status: Int, type: String?, message: String?) {
    let answer = MessagesWire().answer(to: error, requestID: "req_1")
    let json = try RawJSON(parsing: answer.body)
    return (answer.status, json["error"]?["type"]?.stringValue, json["error"]?["message"]?.stringValue)
}

extension JSONText {
    /// As it stands in JSON.
    var quoted: String { "\"\(String(decoding: escaped, as: UTF8.self))\"" }
}

extension WireRequest {
    /// Items in short: what says them, and what they say.
    var items: [String] { create.input.map(\.short) }

    var toolNames: [String] { create.tools.json.elements.compactMap { $0["name"]?.stringValue } }
}

extension Item {
    fileprivate var short: String {
        switch body {
        case .message(let message): "\(message.role.rawValue): \(Self.short(message.content))"
        case .call(let call): "call \(call.callID) \(call.name) \(call.input.string)"
        case .callOutput(let output): "output \(output.callID): \(Self.short(output.output))"
        case .reasoning(let reasoning): "thought: \(Self.short(reasoning.content))"
        case .reference, .compaction: type
        case .other: ([type] + (json["tools"]?.elements ?? []).compactMap { $0["name"]?.stringValue }).joined(separator: " ")
        }
    }

    private static func short(_ parts: [ContentPart]) -> String {
        parts.map { part in
            switch part {
            case .inputImage(let image): "[image \(image.url?.string ?? "")]"
            case .inputFile(let file): "[file \(file.filename?.string ?? "") \(file.data?.string ?? file.url?.string ?? "")]"
            default: part.text?.string ?? "[?]"
            }
        }.joined(separator: "|")
    }
}

/// Writes a turn from what an engine made.
struct Written {
    private var writer: any TurnWriter
    private(set) var events = EventBuffer()

    init(_ request: WireRequest) {
        let ids = Mutex(0)
        let configuration = Connection.Configuration(
            owner: .anybody, account: MemoryAccount(), cacheAccount: MemoryAccount(), tools: ToolShelf(bytesMax: 0),
            makeResponseID: {
                ids.withLock { count in
                    count += 1
                    return ResponseID("resp_c\(count)")
                }
            })
        writer = request.format.writer(
            of: BeginningTurn(id: "resp_0a1b", streamID: nil, model: "m", createdAt: 1), request.create, configuration)
        writer.begin(into: &events)
    }

    mutating func heartbeat() { writer.heartbeat(into: &events) }
    mutating func receive(_ pieces: [GenerationPiece]) { writer.receive(GenerationBatch(pieces), into: &events) }

    /// - Returns: the body of an answer without a stream.
    mutating func finish(_ finish: FinishReason = .stop, _ usage: Usage = Usage(inputTokens: 30, cachedTokens: 20, outputTokens: 7, reasoningTokens: 2)) -> String {
        _ = writer.finish(GenerationResult(finish: finish, usage: usage), at: 2, into: &events)
        return last()
    }

    mutating func fail(_ error: APIError) -> String {
        _ = writer.fail(error, into: &events)
        return last()
    }

    mutating func warm(_ usage: Usage) -> String {
        _ = writer.finishWarmup(usage, at: 2, into: &events)
        return last()
    }

    private mutating func last() -> String {
        let range = writer.writeLast(into: &events)
        return String(decoding: events.bytes[range], as: UTF8.self)
    }

    /// The events as they stand on the wire.
    var lines: [String] { zip(events.marks, events.texts).map { "\($0.name.rawValue) \($1)" } }
}
