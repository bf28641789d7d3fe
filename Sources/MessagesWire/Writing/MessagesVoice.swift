import ResponsesAPI
import ResponsesCore

/// Writes a turn as Messages has it: a message of blocks, as a stream of events or whole (anthropic-messages 6).
///
/// The head of the answer waits for the engine's first sign, as a full context must be a status (anthropic-messages 8): nothing is written
/// before there is something to say.
struct MessagesVoice: TurnVoice {
    private enum Block: Sendable {
        case text
        /// Shown, or else sealed in its signature.
        case thinking(isShown: Bool)
        /// Nothing but space came of the input yet. Next: `input`, `invalidInput`.
        case inputBegins
        case input
        /// What comes is no JSON object: it is wrapped into one.
        case invalidInput
    }

    private let id: String
    private let format: MessagesFormat
    private var hasBegun = false
    private var hasCalls = false
    /// Of the block that is open, or of the next one.
    private var index = 0
    private var block: Block?
    /// What stands before the text of each delta of the block that is open.
    private var head: [UInt8] = []

    private static let tail = Array(#""}}"#.utf8)

    /// - Parameter id: the message's.
    init(id: String, _ format: MessagesFormat) {
        self.id = id
        self.format = format
    }

    mutating func begin(into events: inout EventBuffer) {}

    mutating func heartbeat(into events: inout EventBuffer) {
        guard format.isStream else { return }
        if hasBegun { ping(into: &events) } else { start(into: &events) }
    }

    // MARK: Blocks

    mutating func itemBegan(_ item: VoicedItem, into events: inout EventBuffer) {
        if case .call = item { hasCalls = true }
        guard format.isStream else { return }
        start(into: &events)
        switch item {
        case .message: block = .text
        case .reasoning: block = .thinking(isShown: !format.omitsThinking)
        case .call: block = .inputBegins
        case .other: return
        }
        events.json.append(#"{"type":"content_block_start","index":"#)
        events.json.append(index)
        events.json.append(#","content_block":"#)
        switch item {
        case .message, .other: events.json.append(#"{"type":"text","text":""}}"#)
        case .reasoning: events.json.append(#"{"type":"thinking","thinking":"","signature":""}}"#)
        case .call(let call):
            events.json.append(#"{"type":"tool_use","id":"#)
            events.json.value(call.callID)
            events.json.append(#","name":"#)
            events.json.reset()
            events.json.value(call.name)
            events.json.append(#","input":{}}}"#)
        }
        events.end(.contentBlockStart)
        prepareHead()
    }

    private mutating func prepareHead() {
        head.removeAll(keepingCapacity: true)
        head.append(contentsOf: #"{"type":"content_block_delta","index":"#.utf8)
        head.append(decimal: index)
        let delta: StaticString =
            switch block {
            case .thinking: #","delta":{"type":"thinking_delta","thinking":""#
            case .inputBegins, .input, .invalidInput: #","delta":{"type":"input_json_delta","partial_json":""#
            case .text, nil: #","delta":{"type":"text_delta","text":""#
            }
        head.append(contentsOf: UnsafeBufferPointer(start: delta.utf8Start, count: delta.utf8CodeUnitCount))
    }

    mutating func said(_ text: VoicedText, _ escaped: ArraySlice<UInt8>, logprobs: RawJSON?, into events: inout EventBuffer) {
        switch block {
        case .text, .input, .thinking(isShown: true): delta(escaped, into: &events)
        case .inputBegins: beginInput(escaped, into: &events)
        case .invalidInput: wrappedDelta(escaped, into: &events)
        case .thinking(isShown: false), nil: break
        }
    }

    private func delta(_ escaped: ArraySlice<UInt8>, into events: inout EventBuffer) {
        events.delta(.contentBlockDelta, head: head, escaped: escaped, tail: Self.tail)
    }

    // MARK: Input that is no object

    /// The first byte shows whether the arguments are an object. Clients parse them while they come, and an error there ends a turn; an
    /// object of ours ends in an error of the tool, which a model can read (anthropic-messages 6.1).
    private mutating func beginInput(_ escaped: ArraySlice<UInt8>, into events: inout EventBuffer) {
        switch Self.firstByte(escaped) {
        case nil: delta(escaped, into: &events)
        case UInt8(ascii: "{"):
            block = .input
            delta(escaped, into: &events)
        default:
            block = .invalidInput
            delta(Array(#"{\"\#(WrappedArguments.member)\":\""#.utf8)[...], into: &events)
            wrappedDelta(escaped, into: &events)
        }
    }

    /// Once more escaped, as it stands in a string of JSON that stands in a string.
    private func wrappedDelta(_ escaped: ArraySlice<UInt8>, into events: inout EventBuffer) {
        var twice: [UInt8] = []
        escaped.withUnsafeBufferPointer { JSONEscapes.escape($0, into: &twice) }
        delta(twice[...], into: &events)
    }

    /// The first byte of escaped JSON that is no space.
    private static func firstByte(_ escaped: ArraySlice<UInt8>) -> UInt8? {
        var rest = escaped
        while let byte = rest.first {
            switch byte {
            case UInt8(ascii: " "): rest = rest.dropFirst()
            case UInt8(ascii: "\\"):
                guard let letter = rest.dropFirst().first, "ntr".utf8.contains(letter) else { return byte }
                rest = rest.dropFirst(2)
            default: return byte
            }
        }
        return nil
    }

    mutating func itemEnded(_ item: RawJSON, into events: inout EventBuffer) {
        guard let block else { return }
        switch block {
        case .thinking(let isShown):
            let text = item.thoughts
            signature(isShown ? format.signature.marking(text) : format.signature.sealing(text), into: &events)
        case .invalidInput: delta(Array(#"\"}"#.utf8)[...], into: &events)
        case .text, .inputBegins, .input: break
        }
        events.json.append(#"{"type":"content_block_stop","index":"#)
        events.json.append(index)
        events.json.append("}")
        events.end(.contentBlockStop)
        self.block = nil
        index += 1
    }

    private func signature(_ signature: String, into events: inout EventBuffer) {
        events.json.append(#"{"type":"content_block_delta","index":"#)
        events.json.append(index)
        events.json.append(#","delta":{"type":"signature_delta","signature":"#)
        events.json.value(signature)
        events.json.append("}}")
        events.end(.contentBlockDelta)
    }

    // MARK: Beginning and end

    private mutating func start(into events: inout EventBuffer) {
        if hasBegun { return }
        hasBegun = true
        events.json.beginObject()
        events.json.key("type")
        events.json.value(literal: "message_start")
        events.json.key("message")
        // What the input takes is known at the end only; the last event's figures count (anthropic-messages 6.3).
        MessageObject(id: id, model: format.model).write(to: &events.json)
        events.json.endObject()
        events.end(.messageStart)
        ping(into: &events)
    }

    private func ping(into events: inout EventBuffer) {
        events.json.append(#"{"type":"ping"}"#)
        events.end(.ping)
    }

    mutating func end(_ end: VoicedEnd, into events: inout EventBuffer) -> Range<Int> {
        if case .failed(let error) = end.reason {
            // Before the head it is the answer's status.
            if hasBegun {
                MessagesError(error).write(requestID: nil, to: &events.json)
                events.end(.error)
            }
            return 0..<0
        }
        let stop = MessageStop(end.reason, hasCalls: hasCalls, isWarmup: format.isWarmup)
        guard format.isStream else { return whole(end, stop, into: &events) }
        start(into: &events)
        events.json.beginObject()
        events.json.key("type")
        events.json.value(literal: "message_delta")
        events.json.key("delta")
        events.json.beginObject()
        stop.writeMembers(to: &events.json)
        events.json.endObject()
        events.json.key("usage")
        (end.usage ?? Usage()).writeMessages(to: &events.json)
        if format.saysEdits {
            events.json.key("context_management")
            events.json.literal(#"{"applied_edits":[]}"#)
        }
        events.json.endObject()
        events.end(.messageDelta)
        events.json.append(#"{"type":"message_stop"}"#)
        events.end(.messageStop)
        return 0..<0
    }

    /// An answer without a stream: one object.
    private func whole(_ end: VoicedEnd, _ stop: MessageStop, into events: inout EventBuffer) -> Range<Int> {
        let start = events.bytes.count
        var message = MessageObject(id: id, model: format.model)
        message.content = end.output
        message.stop = stop
        message.usage = end.usage ?? Usage()
        message.saysEdits = format.saysEdits
        message.signature = format.signature
        message.omitsThinking = format.omitsThinking
        events.json.reset()
        message.write(to: &events.json)
        events.end(.message)
        return start..<events.bytes.count
    }
}

extension EventName {
    fileprivate static let messageStart: EventName = "message_start"
    fileprivate static let ping: EventName = "ping"
    fileprivate static let contentBlockStart: EventName = "content_block_start"
    fileprivate static let contentBlockDelta: EventName = "content_block_delta"
    fileprivate static let contentBlockStop: EventName = "content_block_stop"
    fileprivate static let messageDelta: EventName = "message_delta"
    fileprivate static let messageStop: EventName = "message_stop"
    /// The whole message, which is no event.
    fileprivate static let message: EventName = "message"
}
