import ResponsesAPI

/// What the scripted model remembers of a conversation: a few numbers, whatever its length.
///
/// Only what is said counts. Ids, states and other decoration of items do not, and reasoning does not, as real templates
/// drop it too: an item that a client sends back weighs and hashes like the one that was made.
struct ConversationFold: Sendable {
    private(set) var hash = ContentHash()
    private(set) var tokens = 0
    /// Items, without reasoning.
    private(set) var items = 0
    /// Tool outputs since the newest user message.
    private(set) var outputs = 0
    /// The newest user message's directives.
    private(set) var script: Script?
    /// How the newest user message or tool output ends.
    private(set) var lastWords = ""
    /// How the newest user message begins, in lower case; empty when it has directives.
    private(set) var question = ""

    /// The kind of item or part that a hash continues with.
    private enum Tag: UInt64 { case message = 1, call, output, other, text, refusal, image, file, part, compaction, end }

    /// Adds an item; false when it changes nothing.
    mutating func add(_ item: Item) throws(APIError) -> Bool {
        switch item.body {
        case .message(let message): add(message)
        case .call(let call): add(call.kind, callID: call.callID, name: call.name, input: call.input)
        case .callOutput(let output): add(output)
        case .reasoning: return false
        case .reference:
            throw .invalidRequest(
                nil, "An item reference that is not resolved cannot be given to the model. Send the item itself.")
        case .compaction(let content): addCompaction(content)
        case .other: addOther(item)
        }
        return true
    }

    /// A message of the model with one text, as the server makes it of what was generated.
    mutating func addAnswer(_ text: JSONText) {
        begin(.message)
        hash.combine(Item.Role.assistant.rawValue)
        let bytes = add(.text, text)
        end(tokens: Tokens.count(utf8Bytes: bytes))
    }

    mutating func add(_ kind: Item.ToolCall.Kind, callID: String, name: String, input: JSONText) {
        begin(.call)
        hash.combine(kind == .function ? 0 : 1)
        hash.combine(callID)
        hash.combine(name)
        let bytes = name.utf8.count + add(.text, input)
        end(tokens: Tokens.count(utf8Bytes: bytes))
    }

    private mutating func add(_ message: Item.Message) {
        begin(.message)
        hash.combine(message.role.rawValue)
        let tokens = add(message.content)
        if message.role == .user {
            var directives = Directives()
            for part in message.content {
                if let text = part.text { DirectiveReader.read(text, into: &directives) }
            }
            script = directives.isEmpty ? nil : Script(directives)
            outputs = 0
            lastWords = Self.lastWords(of: message.content)
            question = script == nil ? Self.opening(of: message.content) : ""
        }
        end(tokens: tokens)
    }

    private mutating func add(_ output: Item.ToolCallOutput) {
        begin(.output)
        hash.combine(output.callID)
        let tokens = add(output.output)
        outputs += 1
        lastWords = Self.lastWords(of: output.output)
        end(tokens: tokens)
    }

    private mutating func addCompaction(_ content: String) {
        begin(.compaction)
        hash.combine(content)
        end(tokens: Tokens.count(utf8Bytes: content.utf8.count))
    }

    private mutating func addOther(_ item: Item) {
        begin(.other)
        var bytes = 0
        item.json.forEachMember { name, value in
            if name == "id" || name == "status" { return }
            hash.combine(name)
            hash.combine(value.bytes)
            bytes += value.bytes.count
        }
        // Tools that it brings are counted with the turn's.
        end(tokens: item.bringsTools ? 0 : Tokens.count(utf8Bytes: bytes))
    }

    private mutating func begin(_ tag: Tag) {
        hash.combine(tag.rawValue)
    }

    private mutating func end(tokens count: Int) {
        hash.combine(Tag.end.rawValue)
        items += 1
        tokens += max(count, 1)
    }

    /// Adds content parts; returns their tokens.
    private mutating func add(_ parts: [ContentPart]) -> Int {
        var bytes = 0
        var attachments = 0
        for part in parts {
            switch part {
            case .inputText(let text), .outputText(let text), .reasoningText(let text), .summaryText(let text):
                bytes += add(.text, text)
            case .refusal(let text): bytes += add(.refusal, text)
            case .inputImage(let image):
                hash.combine(Tag.image.rawValue)
                hash.combine(image.url?.escaped ?? [])
                hash.combine(image.fileID ?? "")
                hash.combine(image.detail ?? "")
                attachments += 1
            case .inputFile(let file):
                hash.combine(Tag.file.rawValue)
                hash.combine(file.data?.escaped ?? [])
                hash.combine(file.url?.escaped ?? [])
                hash.combine(file.fileID ?? "")
                hash.combine(file.filename?.escaped ?? [])
                attachments += 1
            case .other(_, let json):
                hash.combine(Tag.part.rawValue)
                hash.combine(json.bytes)
                bytes += json.bytes.count
            }
        }
        return Tokens.count(utf8Bytes: bytes) + attachments * Tokens.perAttachment
    }

    /// Adds a text; returns its bytes of UTF-8. Canonical escapes make equal texts equal bytes.
    private mutating func add(_ tag: Tag, _ text: JSONText) -> Int {
        hash.combine(tag.rawValue)
        hash.combine(text.escaped)
        return Tokens.utf8Bytes(of: text)
    }
}

extension ConversationFold {
    private static var lastWordsMax: Int { 6 }
    private static var lastWordsBytesMax: Int { 160 }

    private static var openingBytesMax: Int { 240 }

    /// The beginning of the first text in lower case; only ASCII matters, as names of tools have nothing else.
    private static func opening(of parts: [ContentPart]) -> String {
        guard let text = parts.first(where: { $0.text?.isEmpty == false })?.text else { return "" }
        return String(decoding: text.escaped.prefix(openingBytesMax), as: UTF8.self).lowercased()
    }

    /// The last few words of the last text, without reading more of it than its end.
    private static func lastWords(of parts: [ContentPart]) -> String {
        guard let text = parts.last(where: { $0.text?.isEmpty == false })?.text else { return "" }
        var tail = text.escaped[...]
        if tail.count > lastWordsBytesMax {
            tail = tail.suffix(lastWordsBytesMax)
            // A space is never part of an escape or of a longer character: after one, a cut is safe.
            guard let space = tail.firstIndex(of: 0x20) else { return "…" }
            tail = tail[(space + 1)...]
        }
        var bytes: [UInt8] = []
        tail.withUnsafeBufferPointer { JSONEscapes.unescape($0, into: &bytes) }
        // Byte by byte, as every turn comes here; white space beyond ASCII is a part of words then.
        let words = bytes.split { $0 <= 0x20 }.suffix(lastWordsMax)
        return String(decoding: Array(words.joined(separator: [0x20])), as: UTF8.self)
    }
}
