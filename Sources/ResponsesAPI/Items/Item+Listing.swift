extension Item {
    /// The item as lists give it (responses-api 4): a message has its type, a content that is an array, and a status, however short its
    /// client wrote it; so have calls and their outputs their status. All else stays as it came.
    package var listed: RawJSON {
        guard hasStatus else { return json }
        let isMessage = type == "message"
        let content = json["content"]
        let isWhole = json["type"]?.isNull == false && json["status"]?.isNull == false
        if isWhole, !isMessage || content?.isArray == true && !Self.lacksDetail(content) { return json }
        var writer = JSONWriter(reserving: json.bytes.count + 128)
        writer.beginObject()
        writer.member("id", ifSet: id)
        writer.key("type")
        writer.value(type)
        writer.key("status")
        writer.value(status ?? "completed")
        if isMessage { write(content, to: &writer) }
        json.forEachMember { key, value in
            if key == "id" || key == "type" || key == "status" || isMessage && key == "content" { return }
            writer.key(key)
            writer.value(value)
        }
        writer.endObject()
        return writer.raw
    }

    private func write(_ content: RawJSON?, to writer: inout JSONWriter) {
        writer.key("content")
        if let content, content.isArray {
            Self.lacksDetail(content) ? Self.writeParts(content, to: &writer) : writer.value(content)
        } else if case .message(let message) = body {
            writer.value(message.content)
        } else {
            writer.literal("[]")
        }
    }

    /// Whether an image says nothing of its detail, which those that are listed have (responses-api 4).
    private static func lacksDetail(_ content: RawJSON?) -> Bool {
        content?.elements.contains { $0["type"]?.stringValue == "input_image" && $0["detail"]?.isNull != false } ?? false
    }

    private static func writeParts(_ content: RawJSON, to writer: inout JSONWriter) {
        writer.beginArray()
        for part in content.elements {
            guard lacksDetail(RawJSON(validated: [UInt8(ascii: "[")] + part.bytes + [UInt8(ascii: "]")])) else {
                writer.value(part)
                continue
            }
            writer.beginObject()
            part.forEachMember { key, value in
                if key == "detail" { return }
                writer.key(key)
                writer.value(value)
            }
            writer.key("detail")
            writer.value("auto")
            writer.endObject()
        }
        writer.endArray()
    }

    /// Whether its type always has a status when a server says it.
    private var hasStatus: Bool {
        switch type {
        case "message", "function_call", "function_call_output", "custom_tool_call", "custom_tool_call_output": true
        default: false
        }
    }
}
