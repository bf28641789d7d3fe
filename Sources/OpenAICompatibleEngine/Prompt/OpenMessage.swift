import ResponsesAPI

/// The newest message, which may still grow: adjacent items of one role are one message.
enum OpenMessage: Sendable {
    case none
    case user([ChatPart])
    case assistant(AssistantMessage)
    /// A run of tool messages, written already. What a tool message cannot hold waits for the user message after the
    /// run, as engines want the outputs of one message's calls side by side.
    case tools(attachments: [ChatPart])
}

extension JSONWriter {
    /// Writes the message, or nothing when there is none.
    mutating func write(_ message: OpenMessage, reasoningField: ChatDialect.ReasoningField) {
        switch message {
        case .none: break
        case .tools(attachments: let parts) where parts.isEmpty: break
        case .tools(attachments: let parts), .user(let parts):
            beginObject()
            key("role")
            value("user")
            key("content")
            writeContent(parts)
            endObject()
        case .assistant(let message): write(message, reasoningField)
        }
    }

    private mutating func write(_ message: AssistantMessage, _ reasoningField: ChatDialect.ReasoningField) {
        if message.texts.isEmpty, message.calls.isEmpty { return }
        beginObject()
        key("role")
        value("assistant")
        // Templates often fail on null or a missing member, even beside calls; none fails on "".
        key("content")
        writeContent(message.texts)
        if !message.calls.isEmpty {
            if !message.reasoning.isEmpty, reasoningField != .leftOut {
                key(reasoningField.rawValue)
                writeJoined(message.reasoning.map { ($0, "\\n\\n") })
            }
            key("tool_calls")
            beginArray()
            for call in message.calls { write(call) }
            endArray()
        }
        endObject()
    }

    private mutating func write(_ call: AssistantMessage.Call) {
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
    private mutating func writeContent(_ parts: [ChatPart]) {
        guard !parts.allSatisfy(\.isText) else { return writeJoinedTexts(parts) }
        beginArray()
        for part in parts { write(part) }
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
        }
    }

    private mutating func writeJoinedTexts(_ parts: [ChatPart]) {
        var texts: [(JSONText, StaticString)] = []
        for case .text(let text, let beginsMessage) in parts where !text.isEmpty {
            texts.append((text, beginsMessage ? "\\n\\n" : "\\n"))
        }
        writeJoined(texts)
    }

    /// Writes texts as one string, each with its (escaped) separator before it unless it is the first.
    mutating func writeJoined(_ texts: [(text: JSONText, separator: StaticString)]) {
        // An empty string puts the comma, the quotes and nothing between them.
        value("")
        bytes.removeLast()
        for (index, part) in texts.enumerated() {
            if index > 0 { append(part.separator) }
            bytes.append(contentsOf: part.text.escaped)
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
