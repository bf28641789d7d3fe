import ResponsesAPI

/// Adds items to a prompt, one after the other.
struct ChatFold {
    private var state: ChatPrompt
    /// Messages closed since the fold began, on their way into the rope.
    private var json = JSONWriter()
    /// What this fold added to the head, in bytes.
    private var headBytes = 0
    /// What it added to the message that is open now, in bytes.
    private var openBytes = 0

    init(_ prompt: ChatPrompt) {
        state = prompt
        if !prompt.closed.isEmpty { json.continueAfterMember() }
    }

    /// What the structures of a prompt take beside the rope and its lists.
    private static let overhead = 160

    func prompt() -> ChatPrompt {
        var prompt = state
        prompt.addedBytes = prompt.closed.append(json.bytes) + headBytes + openBytes + Self.overhead
        return prompt
    }

    mutating func add(_ item: Item) throws(APIError) {
        switch item.body {
        case .message(let message): try add(message)
        case .call(let call):
            open(.assistant)
            append(.call(ChatCall(call)))
        case .callOutput(let output): try add(output)
        case .reasoning(let reasoning):
            // Raw reasoning where there is some; a server may be set to show it as the summary.
            let parts = reasoning.content.isEmpty ? reasoning.summary : reasoning.content
            for part in parts {
                guard let text = part.text, !text.isEmpty else { continue }
                open(.assistant)
                append(.reasoning(text))
            }
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
            open(.assistant)
            var isFirst = true
            for part in message.content {
                guard let text = part.text else { continue }
                append(.text(text, beginsMessage: isFirst))
                isFirst = false
            }
        case .system where state.isHeadOpen, .developer where state.isHeadOpen:
            for (index, part) in message.content.enumerated() {
                guard let text = part.text else { throw .notInSystemMessage(part).under("content[\(index)]") }
                if !text.isEmpty { headBytes += state.head.append(text, bytes: text.escaped.count) }
            }
        default: try addUser(message.content)
        }
    }

    private mutating func addUser(_ content: [ContentPart]) throws(APIError) {
        open(.user)
        for (index, part) in content.enumerated() { append(try Self.part(part, index, of: "content")) }
    }

    // MARK: Tool outputs

    private mutating func add(_ output: Item.ToolCallOutput) throws(APIError) {
        open(.tools)
        var texts: [(text: JSONText, separator: StaticString)] = []
        var isFirstAttachment = true
        for (index, part) in output.output.enumerated() {
            if let text = part.text {
                if !text.isEmpty { texts.append((text, "\\n")) }
                continue
            }
            if isFirstAttachment {
                append(.text(JSONText("Output of tool call \(output.callID):"), beginsMessage: true))
                isFirstAttachment = false
            }
            append(try Self.part(part, index, of: "output"))
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
    }

    // MARK: The open message

    /// Goes on with the open message, or closes it and begins another.
    private mutating func open(_ kind: OpenMessage.Kind) {
        state.isHeadOpen = false
        switch (state.open.kind, kind) {
        case (.assistant, .assistant), (.user, .user), (.tools, .tools): break
        case (.tools, .user):
            // What waited for the user message is its beginning.
            state.open.kind = .user
        default:
            json.write(state.open, reasoningField: state.reasoningField)
            state.open = OpenMessage()
            state.open.kind = kind
            openBytes = 0
        }
    }

    private mutating func append(_ part: ChatPart) { openBytes += state.open.append(part) }

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

extension APIError {
    fileprivate static func notForEngine(_ field: String, _ reason: String) -> APIError {
        .invalidRequest(.unsupportedValue, "Unsupported '\(field)': \(reason)", param: field)
    }

    fileprivate static func notInSystemMessage(_ part: ContentPart) -> APIError {
        notForEngine("type", "system and developer messages hold text only. Send images and files in a user message.")
    }
}
