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
    private(set) var parts = SharedList<ChatPart>()
    /// How many parts are texts.
    fileprivate private(set) var texts = 0
    fileprivate private(set) var calls = 0
    fileprivate private(set) var reasonings = 0

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
    /// Writes the message, or nothing when there is none.
    mutating func write(_ message: OpenMessage, reasoningField: ChatDialect.ReasoningField) {
        switch message.kind {
        case .none: break
        case .tools where message.parts.isEmpty: break
        case .tools, .user:
            beginObject()
            key("role")
            value("user")
            key("content")
            writeContent(message)
            endObject()
        case .assistant: write(assistant: message, reasoningField)
        }
    }

    private mutating func write(assistant message: OpenMessage, _ reasoningField: ChatDialect.ReasoningField) {
        if message.texts == 0, message.calls == 0 { return }
        beginObject()
        key("role")
        value("assistant")
        // Templates often fail on null or a missing member, even beside calls; none fails on "".
        key("content")
        writeJoinedTexts(message.parts)
        if message.calls > 0 {
            if message.reasonings > 0, reasoningField != .leftOut {
                key(reasoningField.rawValue)
                writeJoined(message.parts, separator: "\\n\\n") { if case .reasoning(let text) = $0 { text } else { nil } }
            }
            key("tool_calls")
            beginArray()
            message.parts.forEach { if case .call(let call) = $0 { write(call) } }
            endArray()
        }
        endObject()
    }

    private mutating func write(_ call: ChatCall) {
        beginObject()
        key("id")
        value(call.id)
        key("type")
        value("function")
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
    private mutating func writeContent(_ message: OpenMessage) {
        guard message.texts < message.parts.count else { return writeJoinedTexts(message.parts) }
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

    private mutating func writeJoinedTexts(_ parts: SharedList<ChatPart>) {
        beginText()
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
