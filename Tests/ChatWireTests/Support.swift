import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import Synchronization

@testable import ChatWire
@testable import ResponsesCore

/// A body as clients send it, read.
func read(_ body: String, headers: [String: String] = [:]) throws -> WireRequest {
    try ChatWire().request(reading: Array(body.utf8), WireReading(header: { headers[$0] }))
}

/// A body with the fields that every one has, and more.
func body(_ messages: String = #"[{"role":"user","content":"hi"}]"#, _ more: String = "") -> String {
    #"{"model":"m","messages":\#(messages)\#(more.isEmpty ? "" : ",")\#(more)}"#
}

/// The error that a body is refused with.
func refusal(_ body: String) -> APIError? {
    do {
        _ = try read(body)
        return nil
    } catch {
        return error as? APIError
    }
}

/// An error as it stands on the wire.
func said(_ error: APIError) throws -> (status: Int, headers: [String], error: RawJSON) {
    let answer = ChatWire().answer(to: error, requestID: "req_1")
    return (answer.status, answer.headers.map { "\($0.name): \($0.value)" }, try RawJSON(parsing: answer.body)["error"] ?? .null)
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
        case .call(let call): "\(call.kind == .custom ? "custom" : "call") \(call.callID) \(call.name) \(call.input.string)"
        case .callOutput(let output): "output \(output.callID): \(Self.short(output.output))"
        case .reasoning(let reasoning): "thought: \(Self.short(reasoning.content))"
        case .reference, .compaction, .other: type
        }
    }

    private static func short(_ parts: [ContentPart]) -> String {
        parts.map { part in
            switch part {
            case .inputImage(let image): "[image \(image.url?.string ?? "") \(image.detail ?? "")]"
            case .inputFile(let file): "[file \(file.filename?.string ?? "") \(file.data?.string ?? "")]"
            case .refusal(let text): "[refusal \(text.string)]"
            case .other(let type, let json): "[\(type) \(json.text)]"
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
    mutating func finish(
        _ finish: FinishReason = .stop, _ usage: Usage = Usage(inputTokens: 30, cachedTokens: 20, outputTokens: 7, reasoningTokens: 2)
    ) -> String {
        _ = writer.finish(GenerationResult(finish: finish, usage: usage), at: 2, into: &events)
        return last()
    }

    mutating func fail(_ error: APIError) -> String {
        _ = writer.fail(error, into: &events)
        return last()
    }

    private mutating func last() -> String {
        let range = writer.writeLast(into: &events)
        return String(decoding: events.bytes[range], as: UTF8.self)
    }
}
