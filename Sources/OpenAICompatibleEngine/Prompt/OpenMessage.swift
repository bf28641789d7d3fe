import ResponsesAPI

/// The newest message, which may still grow: adjacent items of one role are one message.
struct OpenMessage: Sendable {
    enum Kind: Sendable {
        case none
        case user
        case assistant
        /// A run of tool messages, written already. What a tool message cannot hold waits for the user message after the
        /// run, as engines want the outputs of one message's calls side by side.
        case tools
    }

    var kind = Kind.none
    /// Tool messages stand before it.
    var followsTools = false
    private(set) var parts = SharedList<ChatPart>()
    /// How many parts are texts.
    fileprivate private(set) var texts = 0
    private(set) var calls = 0
    fileprivate private(set) var reasonings = 0

    var hasTexts: Bool { texts > 0 }

    /// - Returns: the memory this took, in bytes.
    mutating func append(_ part: ChatPart) -> Int {
        switch part {
        case .text: texts += 1
        case .call: calls += 1
        case .reasoning: reasonings += 1
        case .image, .file, .other: break
        }
        return parts.append(part, bytes: part.bytes)
    }
}

extension JSONWriter {
    /// Writes the open message of a prompt, or nothing when there is none.
    ///
    /// - Parameters:
    ///   - prompt: what came before it.
    ///   - isBeginning: no message was written before it.
    ///   - answersCalls: calls before it that were cut off and never answered get an answer here.
    ///   - marks: where its calls stand in what this writer wrote.
    mutating func write(
        _ message: OpenMessage, of prompt: ChatPrompt, isBeginning: Bool = false, answersCalls: Bool = true, marks: inout [CallMark]
    ) {
        let rules = prompt.rules
        switch message.kind {
        case .none: break
        case .tools, .user:
            if answersCalls { for call in prompt.unanswered.calls { write(answerTo: call, rules) } }
            if message.kind == .tools, message.parts.isEmpty { return }
            if message.followsTools { writeBetweenToolsAndUser(rules) }
            beginObject()
            key("role")
            value(literal: "user")
            key("content")
            writeContent(message, rules)
            endObject()
        case .assistant:
            if message.texts == 0, message.calls == 0 { return }
            if isBeginning, rules.firstMessage == .user { write(user: ".") }
            write(assistant: message, rules, &marks)
        }
    }

    /// An answer to a call that was cut off: engines want one for each, before anything else is said.
    mutating func write(answerTo call: UnansweredCalls.Call, _ rules: HistoryRules) {
        beginObject()
        key("role")
        value(literal: "tool")
        key("tool_call_id")
        value(CallIDs.onWire(call.id, nine: rules.callIDs == .nine))
        if rules.namesToolMessages {
            key("name")
            value(call.name)
        }
        key("content")
        value(literal: "This call was cut off and did not run.")
        endObject()
    }

    mutating func writeBetweenToolsAndUser(_ rules: HistoryRules) {
        if rules.afterTools == .assistant { literal(#"{"role":"assistant","content":"OK."}"#) }
    }

    /// A user's message of a constant text, to be where an engine wants one.
    mutating func write(user text: StaticString) {
        beginObject()
        key("role")
        value(literal: "user")
        key("content")
        value(literal: text)
        endObject()
    }

    private mutating func write(assistant message: OpenMessage, _ rules: HistoryRules, _ marks: inout [CallMark]) {
        let mayThink = message.calls > 0 || rules.reasoningPlace == .all
        let thinksAloud = mayThink && rules.reasoning == .text && message.reasonings > 0
        beginObject()
        key("role")
        value(literal: "assistant")
        if message.texts > 0 || thinksAloud {
            key("content")
            writeJoinedTexts(message.parts, thinkTag: thinksAloud ? rules.thinkTag : nil)
        } else {
            switch rules.callsContent {
            case .empty:
                key("content")
                value(literal: "")
            case .null:
                key("content")
                null()
            case .leftOut: break
            }
        }
        if mayThink, let member = rules.reasoningMember {
            if message.reasonings > 0 {
                key(member)
                writeJoined(message.parts, separator: "\\n\\n") { if case .reasoning(let text) = $0 { text } else { nil } }
            } else if rules.sendsEmptyReasoning {
                key(member)
                value(literal: "")
            }
        }
        if message.calls > 0 {
            key("tool_calls")
            beginArray()
            var left = message.calls
            message.parts.forEach { part in
                guard case .call(let call) = part else { return }
                left -= 1
                write(call, rules)
                marks.append(CallMark(key: CallIDs.key(call.id), end: bytes.count - 1, isLast: left == 0))
            }
            endArray()
        }
        endObject()
    }

    private mutating func write(_ call: ChatCall, _ rules: HistoryRules) {
        beginObject()
        key("id")
        value(CallIDs.onWire(call.id, nine: rules.callIDs == .nine))
        key("type")
        value(literal: "function")
        key("function")
        beginObject()
        key("name")
        value(call.name)
        key("arguments")
        value(call.arguments)
        endObject()
        endObject()
    }

    /// Content of text alone is a plain string, the form every engine knows.
    private mutating func writeContent(_ message: OpenMessage, _ rules: HistoryRules) {
        guard message.texts < message.parts.count else {
            let start = bytes.count
            writeJoinedTexts(message.parts)
            if !rules.allowsBlankText, Self.isBlank(bytes[(start + 1)...]) {
                // Some services refuse a message of nothing but white space.
                bytes.removeSubrange((start + 1)...)
                append(".\"")
            }
            return
        }
        beginArray()
        message.parts.forEach { write($0) }
        endArray()
    }

    private mutating func write(_ part: ChatPart) {
        switch part {
        case .text(let text, _):
            if text.isEmpty { return }
            beginObject()
            key("type")
            value("text")
            key("text")
            value(text)
            endObject()
        case .image(let url, let detail):
            beginObject()
            key("type")
            value("image_url")
            key("image_url")
            beginObject()
            key("url")
            value(url)
            if let detail {
                key("detail")
                value(detail)
            }
            endObject()
            endObject()
        case .file(let data, let filename):
            beginObject()
            key("type")
            value("file")
            key("file")
            beginObject()
            if let filename {
                key("filename")
                value(filename)
            }
            key("file_data")
            value(data)
            endObject()
            endObject()
        case .other(let json): value(json)
        case .reasoning, .call: break
        }
    }

    /// Whether a string, from behind its first quote on, is white space.
    private static func isBlank(_ rest: ArraySlice<UInt8>) -> Bool { JSONText.isBlank(rest.dropLast()) }

    /// - Parameter thinkTag: what was thought stands before the texts, between such tags.
    private mutating func writeJoinedTexts(_ parts: SharedList<ChatPart>, thinkTag: ThinkTag? = nil) {
        beginText()
        if let thinkTag {
            bytes.append(contentsOf: thinkTag.opening)
            append("\\n")
            appendJoined(parts, separator: "\\n\\n", isFirst: true) { if case .reasoning(let text) = $0 { text } else { nil } }
            append("\\n")
            bytes.append(contentsOf: thinkTag.closing)
            append("\\n\\n")
        }
        var isFirst = true
        parts.forEach { part in
            guard case .text(let text, let beginsMessage) = part, !text.isEmpty else { return }
            if !isFirst { append(beginsMessage ? "\\n\\n" : "\\n") }
            isFirst = false
            bytes.append(contentsOf: text.escaped)
        }
        endText()
    }

    /// Writes the texts of a list as one string, with the (escaped) separator between them.
    mutating func writeJoined<Element>(
        _ list: SharedList<Element>, separator: StaticString, _ text: (Element) -> JSONText?
    ) {
        beginText()
        appendJoined(list, separator: separator, isFirst: true, text)
        endText()
    }

    /// Appends the texts of a list to a string that was begun.
    mutating func appendJoined<Element>(
        _ list: SharedList<Element>, separator: StaticString, isFirst: Bool, _ text: (Element) -> JSONText?
    ) {
        var isFirst = isFirst
        list.forEach { element in
            guard let text = text(element) else { return }
            if !isFirst { append(separator) }
            isFirst = false
            bytes.append(contentsOf: text.escaped)
        }
    }

    /// Writes texts as one string, each with its (escaped) separator before it unless it is the first.
    mutating func writeJoined(_ texts: [(text: JSONText, separator: StaticString)]) {
        beginText()
        for (index, part) in texts.enumerated() {
            if index > 0 { append(part.separator) }
            bytes.append(contentsOf: part.text.escaped)
        }
        endText()
    }

    /// The comma, and the quote that begins a string.
    mutating func beginText() {
        // An empty string puts the comma, the quotes and nothing between them.
        value("")
        bytes.removeLast()
    }

    mutating func endText() { bytes.append(UInt8(ascii: "\"")) }
}
