import ResponsesAPI
import ResponsesCore

/// Writes a turn as chunks, or as one object (chat-completions 6).
///
/// The head of the answer waits for the engine's first sign, as a full context must be a status (chat-completions 6.4): nothing is written
/// before there is something to say.
struct ChatVoice: TurnVoice {
    private let format: ChatFormat
    private let answer: ChatAnswer
    /// What every chunk begins with, up to its delta.
    private let head: [UInt8]
    /// What stands around the text of each delta of the item that is open.
    private var (deltaHead, deltaTail): ([UInt8], [UInt8]) = ([], [])
    /// What text these are for; nil when they have to be made.
    private var prepared: VoicedText?
    /// Engines say thoughts raw, summed up, or both; once is enough, and the first it is.
    private var thought: VoicedText?
    private var hasBegun = false
    private var calls = 0
    private var isCustom = false
    /// Whether the input of the open call comes with its end.
    private var waitsForInput = false

    init(_ answer: ChatAnswer, _ format: ChatFormat) {
        self.format = format
        self.answer = answer
        var json = JSONWriter()
        json.beginObject()
        answer.writeMembers(of: "chat.completion.chunk", to: &json)
        json.append(#","choices":["#)
        head = json.bytes
    }

    var heldBytes: Int { head.count + deltaHead.count + deltaTail.count }

    mutating func begin(into events: inout EventBuffer) {}

    mutating func heartbeat(into events: inout EventBuffer) {
        guard format.isStream else { return }
        // A record without bytes is a comment on the line.
        if hasBegun { events.end(.chatChunk) } else { start(into: &events) }
    }

    private mutating func start(into events: inout EventBuffer) {
        if hasBegun { return }
        hasBegun = true
        chunk(into: &events) { $0.append(#"{"role":"assistant","content":""}"#) }
    }

    // MARK: Items

    mutating func itemBegan(_ item: VoicedItem, into events: inout EventBuffer) {
        prepared = nil
        guard case .call(let call) = item else { return }
        calls += 1
        isCustom = call.kind == .custom
        if case .clientRun = call.kind { waitsForInput = true }
        guard format.isStream else { return }
        start(into: &events)
        chunk(into: &events) { json in
            beginCall(to: &json)
            if format.isLegacy {
                json.append(#""name":"#)
                json.value(call.name)
                json.append(#","arguments":""}}"#)
                return
            }
            json.append(#","id":"#)
            json.value(call.callID)
            json.append(isCustom ? #","type":"custom","custom":{"name":"# : #","type":"function","function":{"name":"#)
            json.reset()
            json.value(call.name)
            json.append(isCustom ? #","input":""}}]}"# : #","arguments":""}}]}"#)
        }
    }

    /// A delta of the open call, up to what it is a delta of.
    private func beginCall(to json: inout JSONWriter) {
        if format.isLegacy { return json.append(#"{"function_call":{"#) }
        json.append(#"{"tool_calls":[{"index":"#)
        json.append(calls - 1)
    }

    mutating func said(_ text: VoicedText, _ escaped: ArraySlice<UInt8>, logprobs: RawJSON?, into events: inout EventBuffer) {
        guard format.isStream else { return }
        if text != prepared {
            guard prepare(text) else { return }
            start(into: &events)
        }
        if let logprobs { return said(escaped, logprobs, into: &events) }
        events.delta(.chatChunk, head: deltaHead, escaped: escaped, tail: deltaTail)
    }

    private func said(_ escaped: ArraySlice<UInt8>, _ logprobs: RawJSON, into events: inout EventBuffer) {
        chunk(into: &events, logprobs: logprobs) { json in
            json.append(#"{"content":""#)
            json.bytes.append(contentsOf: escaped)
            json.append(#""}"#)
        }
    }

    /// - Returns: whether such a text is sent at all.
    private mutating func prepare(_ text: VoicedText) -> Bool {
        var json = JSONWriter(reserving: head.count + 96)
        json.bytes.append(contentsOf: head)
        json.append(#"{"index":0,"delta":"#)
        switch text {
        case .text: json.append(#"{"content":""#)
        case .refusal: json.append(#"{"refusal":""#)
        case .reasoning, .summary:
            guard let name = format.reasoning, thought ?? text == text else { return false }
            thought = text
            json.append(#"{""#)
            json.bytes.append(contentsOf: name.rawValue.utf8)
            json.append(#"":""#)
        case .input:
            beginCall(to: &json)
            if format.isLegacy {
                json.append(#""arguments":""#)
            } else {
                json.append(isCustom ? #","custom":{"input":""# : #","function":{"arguments":""#)
            }
        }
        deltaHead = json.bytes
        var tail = JSONWriter(reserving: 64)
        if text == .input { tail.append(format.isLegacy ? #""}}"# : #""}}]}"#) } else { tail.append(#""}"#) }
        writeEnd(to: &tail)
        deltaTail = tail.bytes
        prepared = text
        return true
    }

    mutating func itemEnded(_ item: RawJSON, into events: inout EventBuffer) {
        prepared = nil
        guard waitsForInput else { return }
        waitsForInput = false
        if case .call(let call)? = (try? Item(item))?.body { said(.input, call.input.escaped[...], logprobs: nil, into: &events) }
        prepared = nil
    }

    // MARK: The end

    mutating func end(_ end: VoicedEnd, into events: inout EventBuffer) -> Range<Int> {
        switch end.reason {
        case .failed(let error):
            guard format.isStream, hasBegun else { return 0..<0 }
            events.json.reset()
            ChatError(error).write(to: &events.json)
            events.end(.error)
            return 0..<0
        // Who cancels is gone: it is the end of the connection.
        case .cancelled: return 0..<0
        case .stop, .stopString, .length, .contentFilter: break
        }
        guard format.isStream else { return whole(end, into: &events) }
        start(into: &events)
        let finish = ChatFinish.word(end.reason, hasCalls: calls > 0, isLegacy: format.isLegacy)
        chunk(into: &events, finish: finish) { $0.append("{}") }
        if format.hasUsage {
            events.json.bytes.append(contentsOf: head)
            events.json.append(#"],"usage":"#)
            (end.usage ?? Usage()).writeChat(to: &events.json)
            events.json.append("}")
            events.end(.chatChunk)
        }
        return 0..<0
    }

    private func whole(_ end: VoicedEnd, into events: inout EventBuffer) -> Range<Int> {
        let start = events.bytes.count
        events.json.reset()
        answer.write(end, format, to: &events.json)
        events.end(.chatChunk)
        return start..<events.bytes.count
    }

    // MARK: Chunks

    private func chunk(
        into events: inout EventBuffer, logprobs: RawJSON? = nil, finish: StaticString? = nil, _ delta: (inout JSONWriter) -> Void
    ) {
        events.json.bytes.append(contentsOf: head)
        events.json.append(#"{"index":0,"delta":"#)
        events.json.reset()
        delta(&events.json)
        writeEnd(logprobs: logprobs, finish: finish, to: &events.json)
        events.end(.chatChunk)
    }

    /// What follows the delta of a chunk.
    private func writeEnd(logprobs: RawJSON? = nil, finish: StaticString? = nil, to json: inout JSONWriter) {
        if let logprobs {
            json.append(#","logprobs":{"content":"#)
            json.bytes.append(contentsOf: logprobs.bytes)
            json.append(#","refusal":null}"#)
        }
        json.append(#","finish_reason":"#)
        json.reset()
        if let finish { json.value(literal: finish) } else { json.null() }
        json.append(format.hasUsage ? #"}],"usage":null}"# : "}]}")
    }
}

extension EventName {
    /// The stream's records have no names; this is for logs.
    fileprivate static let chatChunk: EventName = "chat.completion.chunk"
}
