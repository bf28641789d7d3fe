import ResponsesAPI

/// The item of a response that is being written: its place, its kind, and the text so far.
struct OpenItem: Sendable {
    enum Kind: Sendable {
        case message
        case reasoning
        case call(Call)
        /// Handed over whole by the engine.
        case foreign(Foreign)
    }

    struct Foreign: Sendable {
        /// The engine's count of such items.
        var number: Int
        /// The item as it stands.
        var json: RawJSON
    }

    struct Call: Sendable {
        /// The engine's count of its calls.
        var number: Int
        var kind: Item.ToolCall.Kind
        var callID: String
        var name: String
        var namespace: String?

        var type: String {
            switch kind {
            case .function: "function_call"
            case .custom: "custom_tool_call"
            case .clientRun(let tool): tool.callType
            }
        }

        var idPrefix: String {
            switch kind {
            case .function: "fc_"
            case .custom: "ctc_"
            case .clientRun(let tool): tool.idPrefix
            }
        }
    }

    let id: String
    let index: Int
    let kind: Kind
    private(set) var text: VoicedText
    /// The text of the part that is open, escaped.
    private(set) var escaped: [UInt8] = []
    /// Everything of a delta event up to its number.
    private(set) var deltaHead: [UInt8] = []
    /// The name of the open part's deltas.
    private var deltaName = EventName.outputTextDelta
    /// Parts of `content` and of `summary` that were finished before the open one, written.
    private var contentParts: [RawJSON] = []
    private var summaryParts: [RawJSON] = []
    /// The entries so far, with commas between them: millions of them may be small.
    private var logprobs: [UInt8] = []
    private var arguments = CallArguments()
    private var annotations: [RawJSON] = []
    private(set) var isPartOpen = true
    private let lane: LaneTag
    private let reasoningEvents: ReasoningEvents

    init(id: String, index: Int, kind: Kind, text: VoicedText, lane: LaneTag, reasoningEvents: ReasoningEvents) {
        self.id = id
        self.index = index
        self.kind = kind
        self.text = text
        self.lane = lane
        self.reasoningEvents = reasoningEvents
        if case .foreign = kind {
            isPartOpen = false
            return
        }
        escaped.reserveCapacity(512)
        prepareDeltas()
    }

    /// Whether text of this kind can stand in this item, in the open part or another.
    func takes(_ other: VoicedText) -> Bool {
        switch kind {
        case .message: !other.isOfReasoning && other != .input
        case .reasoning: other.isOfReasoning
        case .call, .foreign: false
        }
    }

    /// Whether more text of this kind continues the open part.
    func accepts(_ other: VoicedText) -> Bool { isPartOpen && text == other }

    mutating func beginPart(_ kind: VoicedText) {
        text = kind
        isPartOpen = true
        prepareDeltas()
    }

    /// Takes more text; returns the delta event's name.
    mutating func append(_ more: ArraySlice<UInt8>) -> EventName {
        escaped.append(contentsOf: more)
        return deltaName
    }

    /// Takes an annotation of the open part; returns its index.
    mutating func append(annotation: RawJSON) -> Int {
        annotations.append(annotation)
        return annotations.count - 1
    }

    mutating func append(logprobs more: RawJSON) {
        for entry in more.elements {
            if !logprobs.isEmpty { logprobs.append(UInt8(ascii: ",")) }
            logprobs.append(contentsOf: entry.bytes)
        }
    }

    /// The raw reasoning of all finished parts; nil when there is none.
    var rawReasoning: JSONText? { rawText.isEmpty ? nil : JSONText(escapedSlice: rawText[...]) }

    private var rawText: [UInt8] = []

    mutating func finishPart() {
        guard isPartOpen else { return }
        isPartOpen = false
        if case .call = kind { return }
        if text == .reasoning { rawText.append(contentsOf: escaped) }
        var json = JSONWriter(reserving: escaped.count + 64)
        writePart(text: escaped[...], to: &json)
        if isSummary { summaryParts.append(json.raw) } else { contentParts.append(json.raw) }
        escaped.removeAll(keepingCapacity: true)
        logprobs.removeAll()
        annotations.removeAll()
    }

    /// Whether clients are shown the text as it grows. What a built-in tool is to do comes with the item.
    var streams: Bool { if case .call(let call) = kind, case .clientRun = call.kind { false } else { true } }

    /// Whether a call's arguments are one whole JSON object by now.
    mutating func hasWholeArguments() -> Bool { arguments.areWhole(escaped) }


    // MARK: Names of events

    private var nameOfDeltas: EventName {
        switch text {
        case .text: .outputTextDelta
        case .refusal: .refusalDelta
        case .reasoning:
            switch reasoningEvents {
            case .openAI: .reasoningTextDelta
            case .openResponses: .reasoningDelta
            case .summary: .reasoningSummaryTextDelta
            }
        case .summary: .reasoningSummaryTextDelta
        case .input: isCustom ? .customToolCallInputDelta : .functionCallArgumentsDelta
        }
    }

    var textDone: EventName {
        switch text {
        case .text: .outputTextDone
        case .refusal: .refusalDone
        case .reasoning:
            switch reasoningEvents {
            case .openAI: .reasoningTextDone
            case .openResponses: .reasoningDone
            case .summary: .reasoningSummaryTextDone
            }
        case .summary: .reasoningSummaryTextDone
        case .input: isCustom ? .customToolCallInputDone : .functionCallArgumentsDone
        }
    }

    /// Calls have no parts.
    var partAdded: EventName? {
        if case .call = kind { return nil }
        return isSummary ? .reasoningSummaryPartAdded : .contentPartAdded
    }

    var partDone: EventName? {
        if case .call = kind { return nil }
        return isSummary ? .reasoningSummaryPartDone : .contentPartDone
    }

    private var isSummary: Bool { text == .summary || text == .reasoning && reasoningEvents == .summary }
    private var isCustom: Bool { if case .call(let call) = kind { call.kind == .custom } else { false } }

    // MARK: Writing

    /// `item_id`, `output_index` and the part's index.
    func writePlace(to json: inout JSONWriter) {
        json.key("item_id")
        // An engine's own id may hold anything.
        if case .foreign = kind { json.value(id) } else { json.value(plain: id) }
        json.key("output_index")
        json.value(index)
        switch kind {
        case .call, .foreign: return
        case .message, .reasoning: break
        }
        if isSummary { json.key("summary_index") } else { json.key("content_index") }
        json.value(isSummary ? summaryParts.count : contentParts.count)
    }

    private mutating func prepareDeltas() {
        deltaName = nameOfDeltas
        var json = JSONWriter(reserving: 200)
        json.beginObject()
        json.key("type")
        json.append("\"")
        json.bytes.append(contentsOf: deltaName.rawValue.utf8)
        json.append("\"")
        json.continueAfterMember()
        writePlace(to: &json)
        if text == .text {
            json.key("logprobs")
            json.literal("[]")
        }
        json.bytes.append(contentsOf: lane.member)
        json.append(#","sequence_number":"#)
        deltaHead = json.bytes
    }

    /// The fields of the event that says a part's text, or a call's input, is whole.
    func writeDone(to json: inout JSONWriter) {
        writePlace(to: &json)
        switch text {
        case .text:
            json.key("text")
            json.value(currentText)
            json.key("logprobs")
            writeLogprobs(to: &json)
        case .refusal:
            json.key("refusal")
            json.value(currentText)
        case .reasoning, .summary:
            json.key("text")
            json.value(currentText)
        case .input:
            guard case .call(let call) = kind else { return }
            if call.kind == .custom {
                json.key("input")
                json.value(currentText)
            } else {
                // Required in OpenAI's schema of August, dropped since: harmless to send (responses-api 12).
                json.key("name")
                json.value(call.name)
                json.key("arguments")
                json.value(currentText)
            }
        }
    }

    private var currentText: JSONText { JSONText(escapedSlice: escaped[...]) }

    private func writeLogprobs(to json: inout JSONWriter) {
        json.beginArray()
        json.bytes.append(contentsOf: logprobs)
        json.endArray()
    }

    /// A content part. OpenAI requires both arrays of an `output_text`, Open Responses allows them (responses-api 4).
    func writePart(text escaped: ArraySlice<UInt8>, to json: inout JSONWriter) {
        let value = JSONText(escapedSlice: escaped)
        json.beginObject()
        json.key("type")
        switch text {
        case .text:
            json.value(literal: "output_text")
            json.key("text")
            json.value(value)
            json.key("annotations")
            json.beginArray()
            for annotation in annotations { json.value(annotation) }
            json.endArray()
            json.key("logprobs")
            if escaped.isEmpty { json.literal("[]") } else { writeLogprobs(to: &json) }
        case .refusal:
            json.value(literal: "refusal")
            json.key("refusal")
            json.value(value)
        case .reasoning, .summary, .input:
            json.value(literal: isSummary ? "summary_text" : "reasoning_text")
            json.key("text")
            json.value(value)
        }
        json.endObject()
    }

    /// The item. Absent fields are left out rather than null (responses-api 3).
    func write(status: StaticString, isEmpty: Bool, sealed: String?, to json: inout JSONWriter) {
        if case .foreign(let foreign) = kind { return foreign.write(id: id, status: status, to: &json) }
        json.beginObject()
        json.key("id")
        json.value(plain: id)
        json.key("type")
        switch kind {
        case .message:
            json.value(literal: "message")
            writeStatus(status, to: &json)
            json.key("role")
            json.value(literal: "assistant")
            json.key("content")
            write(isEmpty ? [] : contentParts, to: &json)
        case .reasoning:
            json.value(literal: "reasoning")
            writeStatus(status, to: &json)
            json.key("summary")
            write(isEmpty ? [] : summaryParts, to: &json)
            // Raw reasoning as a summary leaves nothing for it.
            if reasoningEvents != .summary {
                json.key("content")
                write(isEmpty ? [] : contentParts, to: &json)
            }
            if let sealed {
                json.key("encrypted_content")
                json.value(sealed)
            }
        case .call(let call):
            json.value(call.type)
            writeStatus(status, to: &json)
            json.key("call_id")
            json.value(call.callID)
            if case .clientRun(let tool) = call.kind {
                return writePayload(of: tool, isEmpty ? JSONText() : currentText, to: &json)
            }
            json.key("name")
            json.value(call.name)
            if let namespace = call.namespace {
                json.key("namespace")
                json.value(namespace)
            }
            if call.kind == .function { json.key("arguments") } else { json.key("input") }
            json.value(isEmpty ? JSONText() : currentText)
        case .foreign: break
        }
        json.endObject()
    }

    private func writePayload(of tool: ClientRunTool, _ arguments: JSONText, to json: inout JSONWriter) {
        if tool == .toolSearch {
            json.key("execution")
            json.value(literal: "client")
        }
        json.key(tool.payloadName)
        json.value(tool.payload(of: arguments))
        json.endObject()
    }

    private func writeStatus(_ status: StaticString, to json: inout JSONWriter) {
        json.key("status")
        json.append("\"")
        json.append(status)
        json.append("\"")
        json.continueAfterMember()
    }

    private func write(_ parts: [RawJSON], to json: inout JSONWriter) {
        json.beginArray()
        for part in parts { json.value(part) }
        json.endArray()
    }
}

extension OpenItem.Foreign {
    /// The item with its id in this response; with another status where it has one and one is given.
    func write(id: String, status: StaticString?, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.value(id)
        json.forEachMember { name, value in
            if name == "id" { return }
            writer.key(name)
            if name == "status", let status { writer.value(literal: status) } else { writer.value(value) }
        }
        writer.endObject()
    }
}

extension VoicedText {
    /// Whether it stands in a reasoning item; otherwise in a message, or a call.
    var isOfReasoning: Bool { self == .reasoning || self == .summary }
}

extension OpenItem {
    /// As another wire is told of it.
    var voiced: VoicedItem {
        switch kind {
        case .message: .message
        case .reasoning: .reasoning
        case .call(let call): .call(VoicedCall(kind: call.kind, callID: call.callID, name: call.name, namespace: call.namespace))
        case .foreign: .other
        }
    }
}
