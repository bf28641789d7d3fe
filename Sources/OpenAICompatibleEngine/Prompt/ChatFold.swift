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
    /// What it added to the marks, the thoughts and the table of calls, in bytes.
    private var otherBytes = 0

    init(_ prompt: ChatPrompt) {
        state = prompt
        if !prompt.closed.isEmpty { json.continueAfterMember() }
    }

    /// What the structures of a prompt take beside the rope and its lists.
    private static let overhead = 240

    func prompt() -> ChatPrompt {
        var prompt = state
        prompt.addedBytes = prompt.closed.append(json.bytes) + headBytes + openBytes + otherBytes + Self.overhead
        return prompt
    }

    mutating func add(_ item: Item) throws(APIError) {
        switch item.body {
        case .message(let message): try add(message)
        case .call(let call):
            openAssistant()
            append(.call(ChatCall(call)))
        case .callOutput(let output): try add(output)
        case .reasoning(let reasoning):
            // Raw reasoning where there is some; a server may be set to show it as the summary.
            let parts = reasoning.content.isEmpty ? reasoning.summary : reasoning.content
            for part in parts {
                guard let text = part.text, !text.isEmpty else { continue }
                think(text)
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
            state.isHeadOpen = false
            var isFirst = true
            for part in message.content {
                guard let text = part.text, says(text) else { continue }
                openAssistant()
                append(.text(text, beginsMessage: isFirst))
                isFirst = false
            }
        case .system where state.isHeadOpen, .developer where state.isHeadOpen:
            for (index, part) in message.content.enumerated() {
                guard let text = part.text else { throw .notInSystemMessage(part).under("content[\(index)]") }
                if !text.isEmpty { headBytes += state.head.append(text, bytes: text.escaped.count) }
            }
        case .system, .developer: try addUser(Self.marked(message.content))
        default: try addUser(message.content)
        }
    }

    /// What an operator says later stands where it was said, in the user's turn, and is not taken for the user's words
    /// (chat-completions 9.4).
    private static func marked(_ content: [ContentPart]) -> [ContentPart] {
        content.map { part in
            guard let text = part.text, !text.isEmpty else { return part }
            var marked: JSONText = "<system>"
            marked.append(text)
            marked.append("</system>")
            return .inputText(marked)
        }
    }

    /// Whether a text of an assistant makes a message of its own.
    private func says(_ text: JSONText) -> Bool {
        if text.isEmpty { return false }
        if state.rules.allowsBlankText || state.open.kind == .assistant && state.open.hasTexts { return true }
        return !text.isBlank
    }

    private mutating func addUser(_ content: [ContentPart]) throws(APIError) {
        openUser()
        for (index, part) in content.enumerated() { append(try Self.part(part, index, of: "content")) }
    }

    // MARK: Tool outputs

    private mutating func add(_ output: Item.ToolCallOutput) throws(APIError) {
        openTools()
        let name = state.unanswered.answer(output.callID, bytes: &otherBytes)
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
        json.value(CallIDs.onWire(output.callID, nine: state.rules.callIDs == .nine))
        if let name, state.rules.namesToolMessages {
            json.key("name")
            json.value(name)
        }
        json.key("content")
        json.writeJoined(texts)
        json.endObject()
    }

    // MARK: The open message

    /// Thoughts belong to what the model says or calls next.
    private mutating func think(_ text: JSONText) {
        state.isHeadOpen = false
        if state.open.kind == .assistant { append(.reasoning(text)) } else { otherBytes += state.thoughts.append(text, bytes: text.escaped.count) }
    }

    private mutating func openAssistant() {
        state.isHeadOpen = false
        if state.open.kind == .assistant { return }
        close(toBegin: .assistant)
        if state.thoughts.isEmpty { return }
        let thoughts = state.thoughts
        state.thoughts = SharedList()
        thoughts.forEach { append(.reasoning($0)) }
    }

    /// A model that was interrupted while it thought has had its turn: where it said nothing stands so much.
    private mutating func endThoughts() {
        if state.thoughts.isEmpty { return }
        guard state.open.kind != .none else {
            state.thoughts = SharedList()
            return
        }
        openAssistant()
        append(.text(JSONText("..."), beginsMessage: true))
    }

    private mutating func openUser() {
        state.isHeadOpen = false
        endThoughts()
        switch state.open.kind {
        case .user: break
        // What is said before the calls are answered goes behind the answers.
        case .assistant where state.open.calls > 0: openTools()
        case .tools: if state.unanswered.isEmpty { state.open.kind = .user }
        case .none, .assistant: close(toBegin: .user)
        }
    }

    private mutating func openTools() {
        state.isHeadOpen = false
        // Between the outputs of one message's calls nobody thinks.
        state.thoughts = SharedList()
        if state.open.kind == .tools { return }
        close(toBegin: .tools)
        state.open.followsTools = true
    }

    /// Closes the open message and begins another.
    private mutating func close(toBegin kind: OpenMessage.Kind) {
        var marks: [CallMark] = []
        let isBeginning = json.bytes.isEmpty && state.closed.isEmpty
        json.write(state.open, of: state, isBeginning: isBeginning, marks: &marks)
        for mark in marks {
            otherBytes += state.marks.append(mark.moved(by: state.closed.count), bytes: 0)
        }
        state.unanswered = state.open.calls > 0 ? UnansweredCalls(of: state.open, bytes: &otherBytes) : UnansweredCalls()
        state.open = OpenMessage()
        state.open.kind = kind
        openBytes = 0
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
