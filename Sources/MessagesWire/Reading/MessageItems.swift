import ResponsesAPI
import ResponsesCore

/// The items of one message, made without regard to the others (anthropic-messages 4, 11).
struct MessageItems {
    private(set) var made: [Item] = []
    private let role: MessagePlace.Role
    private let signature: ThinkingSignature
    private let sealer: OwnedSealer?
    /// Parts of the message that is being put together.
    private var parts: [ContentPart] = []
    /// Types of blocks of which nothing was taken.
    private(set) var passedOver: [String] = []

    init(_ role: MessagePlace.Role, sealer: OwnedSealer?, signature: ThinkingSignature) {
        self.role = role
        self.sealer = sealer
        self.signature = signature
    }

    /// Reads the content: a string, or blocks. The two mean the same, and clients change between them (anthropic-messages 9.1).
    ///
    /// - Throws: `APIError` with the field's path within the message.
    mutating func read(_ scanner: inout JSONScanner, _ tools: inout DeferredTools) throws(APIError) {
        switch scanner.peek() {
        case UInt8(ascii: "\""): if let text = try scanner.text(for: "content") { say(text) }
        case UInt8(ascii: "["):
            do throws(APIError) {
                try scanner.elements { (scanner, _) throws(APIError) in try add(try MessageBlock(&scanner), &tools) }
            } catch {
                throw error.under("content")
            }
        default: throw .wrongType("content", expected: "a string or an array of blocks")
        }
        endMessage()
    }

    private mutating func add(_ block: MessageBlock, _ tools: inout DeferredTools) throws(APIError) {
        switch (role, block.type) {
        case (.assistant, "text"):
            guard let text = block.text else { throw .missing("text") }
            say(text)
        case (.assistant, "thinking"): think(block.thinking, block.signature)
        case (.assistant, "redacted_thinking"): think(nil, block.data)
        case (.assistant, "tool_use"): try call(block)
        case (.user, "tool_result"): try answer(block, &tools)
        case (.user, "tool_use"): throw .misplaced(block.type, in: "assistant")
        case (.assistant, "tool_result"): throw .misplaced(block.type, in: "user")
        case (.system, "tool_addition"): add(tool: block.tool, &tools)
        case (.system, "tool_removal"): remove(tool: block.tool)
        case (_, "compaction"): summarize(block)
        case (_, "web_search_tool_result"): if let text = block.foundPages { say(text) }
        case (_, "tool_search_tool_result"): bring(block.foundTools, &tools)
        case (.assistant, _):
            // Of a message of its own, an image or a document cannot be said again; the text of one can.
            let texts = try block.parts()?.compactMap(\.text)
            if texts == nil { passedOver.append(block.type) }
            for text in texts ?? [] { say(text) }
        case (.user, _), (.system, _):
            guard let parts = try block.parts() else { return passedOver.append(block.type) }
            self.parts += parts
        }
    }

    /// The items, with those blocks first of which nothing was taken: by their types alone, which the log then has, as with items that an
    /// engine's dialect cannot write down. There they divide no turn.
    var items: [Item] {
        var (types, seen): ([String], Set<String>) = ([], [])
        for type in passedOver where seen.insert(type).inserted { types.append(type) }
        return types.compactMap { Item(leftOut: $0) } + made
    }

    // MARK: Messages

    private mutating func say(_ text: JSONText) {
        if text.isEmpty { return }
        parts.append(role == .assistant ? .outputText(text) : .inputText(text))
    }

    private mutating func endMessage() {
        if parts.isEmpty { return }
        let role: Item.Role = switch role {
        case .user: .user
        case .assistant: .assistant
        // In place: moved to the head it would change what stands before everything.
        case .system: .developer
        }
        made.append(.message(role, parts))
        parts = []
    }

    /// What a conversation made elsewhere was shortened to.
    private mutating func summarize(_ block: MessageBlock) {
        let sealed = block.encryptedContent.flatMap { sealer?.open($0, as: .compaction) }
        if let text = sealed ?? block.content?.stringValue.map({ JSONText($0) }) { say(text) } else { passedOver.append(block.type) }
    }

    // MARK: Thinking

    /// A text is taken whatever its signature: a client may put any text into its history anyway. Without one our own seal is opened; what
    /// does not open falls away, as a session that once held a foreign block could not go on otherwise (anthropic-messages 6.4).
    private mutating func think(_ text: JSONText?, _ sealed: String?) {
        let shown = text.flatMap { $0.isEmpty ? nil : $0 }
        guard let text = shown ?? sealed.flatMap({ signature.text(in: $0) }), let item = Item(thinking: text) else { return }
        endMessage()
        made.append(item)
    }

    // MARK: Calls and results

    private mutating func call(_ block: MessageBlock) throws(APIError) {
        guard let id = block.id, !id.isEmpty else { throw .missing("id") }
        guard let name = block.name else { throw .missing("name") }
        endMessage()
        made.append(.functionCall(callID: CallName.callID(id), name: name, arguments: try CallInput.arguments(block.input)))
    }

    private mutating func answer(_ block: MessageBlock, _ tools: inout DeferredTools) throws(APIError) {
        guard let id = block.toolUseID, !id.isEmpty else { throw .missing("tool_use_id") }
        endMessage()
        var output = block.result.parts
        if let text = tools.words(for: block.result.references) { output.append(.inputText(text)) }
        if block.isError { output.markError() }
        let callID = CallName.callID(id)
        if output.isEmpty {
            made.append(.functionCallOutput(callID: callID, output: JSONText()))
        } else if output.count == 1, let text = output[0].text {
            made.append(.functionCallOutput(callID: callID, output: text))
        } else {
            made.append(.functionCallOutput(callID: callID, output: output))
        }
        bring(block.result.references, &tools)
    }

    // MARK: Tools that come later

    private mutating func bring(_ names: [String], _ tools: inout DeferredTools) {
        let found = names.compactMap { tools.deferred(named: $0) }
        guard let item = Item(bringing: found) else { return }
        endMessage()
        made.append(item)
    }

    private mutating func add(tool: RawJSON?, _ tools: inout DeferredTools) {
        guard let tool else { return }
        var name = tool["name"]?.stringValue
        if let definition = tool["definition"], case .function(let function)? = try? MessagesTool(definition) {
            name = function.name
            if let item = Item(bringing: [function.json]) {
                endMessage()
                made.append(item)
            }
        } else if let name {
            bring([name], &tools)
        }
        if let name { say(JSONText("The tool \(name) can be called from here on.")) }
    }

    private mutating func remove(tool: RawJSON?) {
        if let name = tool?["name"]?.stringValue { say(JSONText("The tool \(name) is not available any more.")) }
    }
}

extension [ContentPart] {
    /// Says that a tool failed, where its text does not say so by itself.
    fileprivate mutating func markError() {
        guard let place = firstIndex(where: { $0.text != nil }), let text = self[place].text else {
            insert(.inputText("Error"), at: 0)
            return
        }
        let beginning = String(decoding: text.escaped.prefix(24), as: UTF8.self).lowercased()
        if beginning.hasPrefix("error") || beginning.hasPrefix("<tool_use_error") || beginning.hasPrefix("<error") { return }
        var marked: JSONText = "Error: "
        marked.append(text)
        self[place] = .inputText(marked)
    }
}

extension Item {
    /// Reasoning in the clear, as a model made it.
    fileprivate init?(thinking text: JSONText) {
        var json = JSONWriter(reserving: text.escaped.count + 96)
        json.append(#"{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":""#)
        json.bytes.append(contentsOf: text.escaped)
        json.append(#""}]}"#)
        guard let item = try? Item(json.raw) else { return nil }
        self = item
    }

    /// Stands for a block that cannot be said; nil for a type that means something else in the core.
    fileprivate init?(leftOut type: String) {
        var json = JSONWriter()
        json.beginObject()
        json.key("type")
        json.value(type)
        json.endObject()
        guard let item = try? Item(json.raw), case .other = item.body, !item.bringsTools else { return nil }
        self = item
    }

    /// Tools that can be called from there on (responses-api 4); nil for none.
    fileprivate init?(bringing tools: [RawJSON]) {
        if tools.isEmpty { return nil }
        var json = JSONWriter()
        json.beginObject()
        json.key("type")
        json.value(literal: "additional_tools")
        json.key("tools")
        json.beginArray()
        for tool in tools { json.value(tool) }
        json.endArray()
        json.endObject()
        guard let item = try? Item(json.raw) else { return nil }
        self = item
    }
}

extension APIError {
    fileprivate static func misplaced(_ type: String, in role: String) -> APIError {
        .wrongValue("type", "`\(type)` blocks stand in messages of the role '\(role)' only.")
    }
}
