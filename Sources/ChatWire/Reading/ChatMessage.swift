import ResponsesAPI

/// One message as a client sends it back, and the items that it is (chat-completions 4).
struct ChatMessage: Sendable {
    private(set) var role: String?
    private(set) var name: String?
    /// The one call of the older form.
    private(set) var functionCall: PastCall?
    private var content: [ContentPart]?
    private var refusal: JSONText?
    private var calls: [PastCall] = []
    private var callID: String?
    private var reasoning = PastReasoning()
    private var hasAudio = false

    init(_ scanner: inout JSONScanner) throws(APIError) {
        var message = Self()
        try scanner.members { (scanner, key) throws(APIError) in try message.read(&scanner, scanner.key(key)) }
        self = message
    }

    private init() {}

    private mutating func read(_ scanner: inout JSONScanner, _ key: JSONKey) throws(APIError) {
        switch key {
        case "role": role = try scanner.string(for: "role")
        case "content": content = try ChatContent.parts(&scanner)
        case "refusal": refusal = try scanner.text(for: "refusal")
        case "tool_calls": calls = try PastCall.list(&scanner)
        case "function_call": functionCall = try PastCall(functionCall: &scanner)
        case "tool_call_id": callID = try scanner.string(for: "tool_call_id")
        case "name": name = try scanner.string(for: "name")
        case "audio": hasAudio = try !scanner.rawValue().isNull
        default: try reasoning.read(&scanner, key)
        }
    }

    // MARK: Items

    /// - Parameters:
    ///   - callID: for a call of the older form, which has none.
    ///   - openCall: the id of the latest call of a name that has no result yet, for a result of the older form.
    func items(callID madeID: String, openCall: (String) throws(APIError) -> String?) throws(APIError) -> [Item] {
        guard let role else { throw .missing("role") }
        switch role {
        case "system", "developer":
            let text = try instructions()
            return text.isEmpty ? [] : [.message(.developer, [.inputText(text)])]
        case "user":
            guard let content else { throw .missing("content") }
            guard !content.isEmpty else { throw .wrongValue("content", "there must be one part at least.") }
            return [.message(.user, content)]
        case "assistant": return try made(callID: madeID)
        case "tool":
            guard let callID, !callID.isEmpty else { throw .missing("tool_call_id") }
            return [result(of: callID)]
        case "function":
            guard let name else { throw .missing("name") }
            guard let callID = try openCall(name) else {
                throw .wrongValue("name", "no call of the function '\(name.prefix(64))' before it has no result yet.")
            }
            return [result(of: callID)]
        default:
            throw .wrongValue("role", "supported are 'system', 'developer', 'user', 'assistant' and 'tool'.")
        }
    }

    /// The text of a system or developer message. Several parts are paragraphs.
    func instructions() throws(APIError) -> JSONText {
        guard let content else { throw .missing("content") }
        var joined = JSONText()
        for (index, part) in content.enumerated() {
            guard let text = part.text else { throw .wrongValue("content[\(index)]", "messages of '\(role ?? "")' hold text only.") }
            if !joined.isEmpty, !text.isEmpty { joined.append("\n\n") }
            joined.append(text)
        }
        return joined
    }

    private func made(callID: String) throws(APIError) -> [Item] {
        if hasAudio { throw .invalidRequest(.unsupportedValue, "'audio' of an answer cannot be given back here. Send its text.", param: "audio") }
        var items = reasoning.items
        var said: [ContentPart] = []
        for (index, part) in (content ?? []).enumerated() {
            switch part {
            case .inputText(let text), .outputText(let text): if !text.isEmpty { said.append(.outputText(text)) }
            case .refusal(let text): if !text.isEmpty { said.append(.refusal(text)) }
            default: throw .wrongValue("content[\(index)]", "messages of 'assistant' hold text only.")
            }
        }
        // Beside calls clients write nothing in many ways, and some a blank where there is nothing (chat-completions 4).
        if said.allSatisfy({ $0.text?.isBlank == true }) { said = [] }
        if let refusal, !refusal.isEmpty { said.append(.refusal(refusal)) }
        if !said.isEmpty { items.append(.message(.assistant, said)) }
        for call in calls { items.append(try call.item(id: call.id)) }
        if let functionCall { items.append(try functionCall.item(id: callID)) }
        return items
    }

    /// Of a function, whatever was called: nothing depends on it, and which it was another message says.
    private func result(of callID: String) -> Item {
        let content = content ?? []
        if content.isEmpty { return .functionCallOutput(callID: callID, output: JSONText()) }
        if content.count == 1, let text = content[0].text { return .functionCallOutput(callID: callID, output: text) }
        return .functionCallOutput(callID: callID, output: content)
    }
}

extension JSONText {
    /// Whether there is nothing but white space.
    fileprivate var isBlank: Bool { string.utf8.allSatisfy { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 } }
}
