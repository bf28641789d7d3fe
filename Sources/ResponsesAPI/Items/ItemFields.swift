/// Collects the fields of one item while it is scanned, then makes the typed view.
struct ItemFields {
    let type: String?
    var id: String?
    var status: String?
    private var role: String?
    private var phase: String?
    private var content: [ContentPart]?
    private var summary: [ContentPart]?
    private var encryptedContent: String?
    private var callID: String?
    private var name: String?
    private var namespace: String?
    private var arguments: JSONText?
    private var input: JSONText?
    private var output: [ContentPart]?
    /// Which fields of a type that is only passed on were there.
    private var present: Set<String> = []
    // Of tools that the client runs.
    private let clientCall: ClientRunTool?
    private let clientOutput: ClientRunTool?
    private var payload: RawJSON?
    private var rawOutput: RawJSON?
    private var tools: RawJSON?
    private var execution: RawJSON?

    init(type: String?) {
        self.type = type
        clientCall = type.flatMap { ClientRunTool(callType: $0) }
        clientOutput = type.flatMap { ClientRunTool(outputType: $0) }
    }

    /// A call id has 1 to 64 characters (responses-api 4).
    static var callIDCharactersMax: Int { 64 }

    var resolvedType: String {
        if let type { return type }
        // Short forms: `{"role", "content"}` is a message, `{"id"}` alone refers to a stored item.
        return role == nil && id != nil ? "item_reference" : "message"
    }

    private var isPassedOn: Bool {
        switch type {
        case nil, "message", "function_call", "function_call_output", "custom_tool_call", "custom_tool_call_output",
            "reasoning", "item_reference", "compaction":
            false
        default: true
        }
    }

    mutating func read(_ scanner: inout JSONScanner, _ key: JSONKey) throws(APIError) {
        switch key {
        case "id": id = try scanner.string(for: "id")
        case "status": status = try scanner.string(for: "status")
        case _ where isPassedOn:
            if scanner.peek() != UInt8(ascii: "n") { present.insert(key.string) }
            switch key {
            case "call_id": callID = try Self.readCallID(&scanner)
            case "output" where clientOutput != nil: rawOutput = try scanner.rawValue()
            case "tools" where clientOutput != nil: tools = try scanner.rawValue()
            case "execution": execution = try scanner.rawValue()
            case _ where clientCall?.payloadName == key.string: payload = try scanner.rawValue()
            default: _ = try scanner.valueSpan()
            }
        case "role": role = try scanner.string(for: "role")
        case "phase": phase = try scanner.string(for: "phase")
        case "content": content = try ContentPart.list(&scanner, field: "content", plain: plainContent)
        case "summary": summary = try ContentPart.list(&scanner, field: "summary") { .summaryText($0) }
        case "encrypted_content": encryptedContent = try scanner.string(for: "encrypted_content")
        case "call_id": callID = try Self.readCallID(&scanner)
        case "name": name = try scanner.string(for: "name")
        case "namespace": namespace = try scanner.string(for: "namespace")
        case "arguments": arguments = try scanner.text(for: "arguments")
        case "input": input = try scanner.text(for: "input")
        case "output": output = try ContentPart.list(&scanner, field: "output") { .inputText($0) }
        default: _ = try scanner.valueSpan()
        }
    }

    private static func readCallID(_ scanner: inout JSONScanner) throws(APIError) -> String? {
        let id = try scanner.string(for: "call_id", charactersMax: callIDCharactersMax)
        if let id, id.isEmpty { throw .wrongValue("call_id", "it must not be empty.") }
        return id
    }

    private func plainContent(_ text: JSONText) -> ContentPart {
        // Which kind of text a plain string is follows from the role, which may come after it; `body()` settles it.
        .inputText(text)
    }

    func body() throws(APIError) -> Item.Body {
        switch resolvedType {
        case "message":
            guard let role else { throw .missing("role") }
            guard ["user", "assistant", "system", "developer"].contains(role) else {
                throw .wrongValue("role", "supported are 'user', 'assistant', 'system' and 'developer'.")
            }
            guard let content else { throw .missing("content") }
            let parts = role == "assistant" ? content.map(asOutput) : content
            return .message(Item.Message(role: Item.Role(rawValue: role), content: parts, phase: phase))
        case "function_call":
            return .call(
                Item.ToolCall(
                    kind: .function, callID: try required(callID, "call_id"), name: try required(name, "name"),
                    namespace: namespace, input: try required(arguments, "arguments")))
        case "custom_tool_call":
            return .call(
                Item.ToolCall(
                    kind: .custom, callID: try required(callID, "call_id"), name: try required(name, "name"),
                    namespace: namespace, input: try required(input, "input")))
        case "function_call_output":
            return .callOutput(
                Item.ToolCallOutput(
                    kind: .function, callID: try required(callID, "call_id"), output: try required(output, "output")))
        case "custom_tool_call_output":
            return .callOutput(
                Item.ToolCallOutput(
                    kind: .custom, callID: try required(callID, "call_id"), output: try required(output, "output")))
        case "reasoning":
            return .reasoning(
                Item.Reasoning(summary: summary ?? [], content: content ?? [], encryptedContent: encryptedContent))
        case "item_reference": return .reference(id: try required(id, "id"))
        case "compaction":
            return .compaction(encryptedContent: try required(encryptedContent, "encrypted_content"))
        default:
            for field in ItemRules.required[resolvedType] ?? [] where !present.contains(field) { throw .missing(field) }
            return clientRunBody ?? .other
        }
    }

    /// The view of what belongs to a tool that the client runs; nil for a search that the server ran.
    private var clientRunBody: Item.Body? {
        if execution?.stringValue == "server" { return nil }
        if let tool = clientCall, let callID, let payload {
            return .call(
                Item.ToolCall(kind: .clientRun(tool), callID: callID, name: tool.rawValue, input: tool.arguments(of: payload)))
        }
        // The output of a local shell says by its own id which call it answers.
        if let tool = clientOutput, let callID = callID ?? (tool == .localShell ? id : nil) {
            let text = tool.outputText(rawOutput, status: status, tools: tools)
            return .callOutput(Item.ToolCallOutput(kind: .clientRun(tool), callID: callID, output: [.inputText(text)]))
        }
        return nil
    }

    private func asOutput(_ part: ContentPart) -> ContentPart {
        if case .inputText(let text) = part { .outputText(text) } else { part }
    }

    private func required<T>(_ value: T?, _ field: String) throws(APIError) -> T {
        guard let value else { throw .missing(field) }
        return value
    }
}
