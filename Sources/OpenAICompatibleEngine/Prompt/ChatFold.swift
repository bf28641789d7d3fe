import ResponsesAPI

/// Adds items to a prompt, one after the other.
struct ChatFold {
    private var state: ChatPrompt
    /// Messages closed since the fold began, on their way into the rope.
    private var json = JSONWriter()

    init(_ prompt: ChatPrompt) {
        state = prompt
        if !prompt.closed.isEmpty { json.continueAfterMember() }
    }

    /// What the array and the structures of a prompt take beside the rope.
    private static let overhead = 160

    func prompt() -> ChatPrompt {
        var prompt = state
        prompt.addedBytes = prompt.closed.append(json.bytes) + Self.overhead
        return prompt
    }

    mutating func add(_ item: Item) throws(APIError) {
        switch item.body {
        case .message(let message): try add(message)
        case .call(let call):
            add { $0.calls.append(AssistantMessage.Call(call)) }
        case .callOutput(let output): try add(output)
        case .reasoning(let reasoning):
            // Raw reasoning where there is some; a server may be set to show it as the summary.
            let parts = reasoning.content.isEmpty ? reasoning.summary : reasoning.content
            let texts = parts.compactMap(\.text).filter { !$0.isEmpty }
            if !texts.isEmpty { add { $0.reasoning.append(contentsOf: texts) } }
        case .reference:
            throw .invalidRequest(
                .invalidValue, "An item_reference was not resolved. Send the item itself.", param: "id")
        case .compaction:
            throw .invalidRequest(
                .invalidEncryptedContent, "This compaction item was not made by this server. Send the items it stands for.",
                param: "encrypted_content")
        case .other: break
        }
    }

    // MARK: Messages

    private mutating func add(_ message: Item.Message) throws(APIError) {
        switch message.role {
        case .assistant:
            let texts = message.content.compactMap(\.text)
            add { $0.texts.append(contentsOf: Self.texts(texts)) }
        case .system where state.isHeadOpen, .developer where state.isHeadOpen:
            for (index, part) in message.content.enumerated() {
                guard let text = part.text else { throw .notInSystemMessage(part).under("content[\(index)]") }
                if !text.isEmpty { state.head.append(text) }
            }
        default: try addUser(message.content)
        }
    }

    private static func texts(_ texts: [JSONText]) -> [ChatPart] {
        texts.enumerated().map { .text($1, beginsMessage: $0 == 0) }
    }

    private mutating func addUser(_ content: [ContentPart]) throws(APIError) {
        var parts: [ChatPart] = []
        for (index, part) in content.enumerated() {
            parts.append(try Self.part(part, index, of: "content"))
        }
        switch open {
        case .user(let before): open = .user(before + parts)
        case .tools(let attachments): open = .user(attachments + parts)
        case .none, .assistant:
            close()
            open = .user(parts)
        }
    }

    private mutating func add(_ change: (inout AssistantMessage) -> Void) {
        var message = AssistantMessage()
        if case .assistant(let before) = open {
            message = before
        } else {
            close()
        }
        change(&message)
        open = .assistant(message)
    }

    // MARK: Tool outputs

    private mutating func add(_ output: Item.ToolCallOutput) throws(APIError) {
        var attachments: [ChatPart] = []
        if case .tools(let before) = open { attachments = before } else { close() }
        var texts: [(text: JSONText, separator: StaticString)] = []
        var isFirstAttachment = true
        for (index, part) in output.output.enumerated() {
            if let text = part.text {
                if !text.isEmpty { texts.append((text, "\\n")) }
                continue
            }
            if isFirstAttachment {
                attachments.append(.text(JSONText("Output of tool call \(output.callID):"), beginsMessage: true))
                isFirstAttachment = false
            }
            attachments.append(try Self.part(part, index, of: "output"))
        }
        if texts.isEmpty, !isFirstAttachment { texts = [("The output follows in the next user message.", "")] }
        json.beginObject()
        json.key("role")
        json.value("tool")
        json.key("tool_call_id")
        json.value(output.callID)
        json.key("content")
        json.writeJoined(texts)
        json.endObject()
        open = .tools(attachments: attachments)
    }

    // MARK: The open message

    private var open: OpenMessage {
        get { state.open }
        set {
            state.open = newValue
            state.isHeadOpen = false
        }
    }

    private mutating func close() {
        json.write(state.open, reasoningField: state.reasoningField)
        state.open = .none
    }

    // MARK: Parts

    private static func part(_ part: ContentPart, _ index: Int, of field: String) throws(APIError) -> ChatPart {
        do throws(APIError) {
            return try self.part(part, isFirst: index == 0)
        } catch {
            throw error.under("\(field)[\(index)]")
        }
    }

    private static func part(_ part: ContentPart, isFirst: Bool) throws(APIError) -> ChatPart {
        switch part {
        case .inputText(let text), .outputText(let text), .refusal(let text), .reasoningText(let text),
            .summaryText(let text):
            return .text(text, beginsMessage: isFirst)
        case .inputImage(let image):
            guard let url = image.url else {
                throw .notForEngine("file_id", "This engine reads no stored files. Send the image as a data URL in 'image_url'.")
            }
            return .image(url: url, detail: image.detail)
        case .inputFile(let file):
            if let data = file.data { return .file(data: data, filename: file.filename) }
            let field = file.fileID == nil ? "file_url" : "file_id"
            throw .notForEngine(field, "This engine fetches no files. Send the content in 'file_data' with 'filename'.")
        case .other("input_audio", let json): return .other(json)
        case .other("input_video", let json):
            guard let url = json["video_url"], url.isString else { throw .missing("video_url") }
            var video = JSONWriter()
            video.beginObject()
            video.key("type")
            video.value("video_url")
            video.key("video_url")
            video.beginObject()
            video.key("url")
            video.value(url)
            video.endObject()
            video.endObject()
            return .other(video.raw)
        case .other(let type, _):
            throw .notForEngine("type", "This engine cannot be given content of type '\(type.prefix(64))'. Leave it out.")
        }
    }
}

extension AssistantMessage.Call {
    init(_ call: Item.ToolCall) {
        id = call.callID
        name = ToolNames.onWire(call.name, namespace: call.namespace)
        switch call.kind {
        case .function: arguments = Self.isObject(call.input) ? call.input : JSONText(escaped: "{}")
        case .custom:
            // {"input": "…"}, whose text is JSON and is escaped once more as a member of this one.
            var bytes = Array(#"{"input":""#.utf8)
            bytes.append(contentsOf: call.input.escaped)
            bytes.append(contentsOf: #""}"#.utf8)
            arguments = JSONText(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// Templates take arguments apart: a call that was cut off, or `null` as vLLM was seen to write, would fail them.
    private static func isObject(_ arguments: JSONText) -> Bool {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(arguments.escaped.count)
        arguments.escaped.withUnsafeBufferPointer { JSONEscapes.unescape($0, into: &bytes) }
        return bytes.scanned { scanner in
            guard scanner.peek() == UInt8(ascii: "{") else { return false }
            return (try? scanner.skipValue()) != nil && (try? scanner.expectEnd()) != nil
        }
    }
}

extension JSONText {
    /// Text of this program that needs no escaping.
    fileprivate init(escaped text: StaticString) { self.init("\(text)") }
}

extension APIError {
    fileprivate static func notForEngine(_ field: String, _ reason: String) -> APIError {
        .invalidRequest(.unsupportedValue, "Unsupported '\(field)': \(reason)", param: field)
    }

    fileprivate static func notInSystemMessage(_ part: ContentPart) -> APIError {
        notForEngine("type", "system and developer messages hold text only. Send images and files in a user message.")
    }
}
