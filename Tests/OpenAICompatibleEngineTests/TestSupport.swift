#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import Synchronization

@testable import OpenAICompatibleEngine

/// Recorded answers of real engines, beside this file.
enum Fixture {
    static func bytes(_ path: String, here: String = #filePath) throws -> [UInt8] {
        let folder = here.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        return try [UInt8](Data(contentsOf: URL(filePath: "\(folder)/Fixtures/\(path)")))
    }
}

extension Item {
    /// For tests: traps when the text is no item.
    static func json(_ text: String) -> Item {
        do { return try Item(RawJSON(parsing: text)) } catch { preconditionFailure("\(error): \(text)") }
    }

    static func user(_ text: String) -> Item { .userMessage(JSONText(text)) }
}

/// A generation's events, joined.
struct Heard: Equatable {
    struct Call: Equatable {
        var name: String
        var kind: Item.ToolCall.Kind = .function
        var namespace: String?
        var id: String?
        var input = ""
    }

    var text = ""
    var reasoning = ""
    var refusal = ""
    var calls: [Call] = []
    var usage: Usage?
    var finish: FinishReason?
    var stopString: String?
    var logprobs: [String] = []
    var batches = 0
    /// Rules broken: events after the end, calls out of order.
    var wrongs: [String] = []

    mutating func add(_ result: GenerationResult) {
        finish = result.finish
        stopString = result.stopString
        usage = result.usage
    }

    mutating func add(_ batch: GenerationBatch) {
        batches += 1
        for event in batch.events {
            switch event {
            case .text(let range): text += batch.string(range)
            case .refusal(let range): refusal += batch.string(range)
            case .reasoning(let range): reasoning += batch.string(range)
            case .toolCall(let call, let head):
                if call != calls.count { wrongs.append("call \(call) after \(calls.count)") }
                calls.append(Call(name: head.name, kind: head.kind, namespace: head.namespace, id: head.callID))
            case .toolInput(let call, let range):
                guard calls.indices.contains(call) else {
                    wrongs.append("input of call \(call)")
                    continue
                }
                calls[call].input += batch.string(range)
            case .logprobs(let json): logprobs.append(json.text)
            case .usage: wrongs.append("counts in mid-stream")
            default: wrongs.append("\(event)")
            }
        }
    }
}

/// A sink that listens at once, or only when told to.
final class ListeningSink: GenerationSink {
    private struct State {
        var heard = Heard()
        var bytes = 0
        var isSlow: Bool
        var waiters: [CheckedContinuation<Void, Never>] = []
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(isSlow: Bool = false) { state = Mutex(State(isSlow: isSlow)) }

    var heard: Heard { state.withLock { $0.heard } }
    var bytes: Int { state.withLock { $0.bytes } }

    /// The engine's function returned.
    func ended(_ result: GenerationResult) { state.withLock { $0.heard.add(result) } }

    func send(_ batch: GenerationBatch) {
        state.withLock {
            $0.heard.add(batch)
            $0.bytes += batch.escaped.count
        }
    }

    var isReady: Bool { state.withLock { !($0.isSlow && $0.bytes > 0) } }

    func ready() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isReady, waiting) = state.withLock { state -> (Bool, [CheckedContinuation<Void, Never>]) in
                    if !state.isSlow || Task.isCancelled { return (true, []) }
                    state.waiters.append(continuation)
                    defer { state.waiting = [] }
                    return (false, state.waiting)
                }
                for one in waiting { one.resume() }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            release()
        }
    }

    /// Returns when somebody waits in `ready()`.
    func isWaitedFor() async {
        await withCheckedContinuation { continuation in
            let isWaited = state.withLock { state -> Bool in
                if !state.waiters.isEmpty { return true }
                state.waiting.append(continuation)
                return false
            }
            if isWaited { continuation.resume() }
        }
    }

    /// From now on the sink keeps up.
    func release() {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.isSlow = false
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}

extension OpenAICompatibleEngine {
    /// Runs a generation; the sink hears how it ended, too.
    func run(_ request: GenerationRequest<ChatPrompt>, into sink: ListeningSink) async throws(EngineError) {
        sink.ended(try await generate(request, into: sink))
    }
}

/// Runs a recorded or written stream through the readers, in pieces of at most `pieceMax` bytes.
func hear(
    _ stream: [UInt8], tools: ToolSelection = .anything, partsThinkTags: Bool = true, wantsLogprobs: Bool = false,
    pieces: (inout SplitMix64) -> Int = { _ in Int.max }, seed: UInt64 = 0
) throws -> Heard {
    var random = SplitMix64(seed: seed)
    var reader = SSEReader(lengthMax: 1 << 20, isLenient: true)
    var options = ChatChunkReader.Options(calls: tools.calls)
    options.partsThinkTags = partsThinkTags
    options.wantsLogprobs = wantsLogprobs
    options.promptBytes = 400
    var chunks = ChatChunkReader(options)
    var heard = Heard()
    var isDone = false
    func end(isMarked: Bool) throws {
        var batch = GenerationBatch()
        let result = try chunks.end(isMarked: isMarked, into: &batch)
        heard.add(batch)
        heard.add(result)
    }
    func handle(_ event: SSEReader.Event) throws {
        if isDone || event.isStray { return }
        if ChatChunkReader.isDone(event.data) {
            isDone = true
            try end(isMarked: true)
        } else {
            var batch = GenerationBatch()
            try chunks.read(event.data, into: &batch)
            heard.add(batch)
        }
    }
    var rest = stream[...]
    while !rest.isEmpty {
        let piece = rest.prefix(max(1, pieces(&random)))
        rest = rest.dropFirst(piece.count)
        try Array(piece).withUnsafeBufferPointer { try reader.read($0) { try handle($0) } }
    }
    try reader.end { try handle($0) }
    if !isDone { try end(isMarked: false) }
    return heard
}

/// A stream of chunks whose deltas are `deltas`, with an end.
func stream(_ deltas: [String], finish: String = "stop") -> [UInt8] {
    var text = ""
    for delta in deltas { text += #"data: {"choices":[{"index":0,"delta":\#(delta),"finish_reason":null}]}"# + "\n\n" }
    text += #"data: {"choices":[{"index":0,"delta":{},"finish_reason":"\#(finish)"}]}"# + "\n\ndata: [DONE]\n\n"
    return Array(text.utf8)
}

extension ToolSet {
    /// For tests: traps when the text is no array of tools.
    static func json(_ text: String) -> ToolSet {
        do { return try ToolSet(RawJSON(parsing: text)) } catch { preconditionFailure("\(error): \(text)") }
    }
}

extension GenerationRequest<ChatPrompt> {
    /// The request a server would make of a create request. For tests: traps when the text is none.
    static func json(_ text: String, dialect: ChatDialect = AdaptedProfile.local.dialect) -> GenerationRequest<ChatPrompt> {
        do {
            let create = try CreateRequest(parsing: Array(text.utf8))
            let prompt = try dialect.extend(nil, with: create.input)
            return GenerationRequest(create, model: create.model ?? "m", prompt: prompt)
        } catch {
            preconditionFailure("\(error): \(text)")
        }
    }
}

extension AdaptedProfile {
    /// A preset. For tests: traps when there is none of the name.
    static func named(_ name: String, lessons: [EngineLesson] = []) -> AdaptedProfile {
        guard let profile = EngineProfile(named: name) else { preconditionFailure("no preset \(name)") }
        return AdaptedProfile(profile, lessons: lessons)
    }

    static let local = named("llama.cpp")
}

extension ToolSelection {
    /// - Parameter request: a create request as text.
    static func of(_ request: String) -> ToolSelection {
        let request = GenerationRequest.json(request)
        do { return try ToolSelection(request, catalog: ToolCatalog(request.tools)) } catch { preconditionFailure("\(error)") }
    }

    static let anything = of(#"{"tools":[{"type":"function","name":"get_time"}]}"#)
}
