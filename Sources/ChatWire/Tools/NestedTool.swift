import ResponsesAPI

/// One tool as a client offers it (chat-completions 5). Marks for caches and what else stands beside it are left behind.
struct NestedTool: Sendable {
    private var isCustom = false
    private var name: String?
    private var description: JSONText?
    private var parameters: RawJSON?
    private var strict = false
    private var format: RawJSON?

    /// Under which member it stands.
    var kind: StaticString { isCustom ? "custom" : "function" }

    /// Reads a tool of `tools`.
    init(_ scanner: inout JSONScanner) throws(APIError) {
        let type = try scanner.typeAhead() ?? "function"
        guard type == "function" || type == "custom" else {
            throw .invalidRequest(
                .unsupportedValue,
                "Unsupported 'type': tools of the type '\(type.prefix(64))' are not run here. Offer tools of the types 'function' and 'custom'.",
                param: "type")
        }
        var (tool, isNested, isFlat) = (Self(), false, false)
        tool.isCustom = type == "custom"
        try scanner.members { (scanner, key) throws(APIError) in
            switch scanner.key(key) {
            case "function" where type == "function", "custom" where type == "custom":
                isNested = true
                try tool.readNested(&scanner)
            case "name":
                isFlat = true
                _ = try scanner.valueSpan()
            default: _ = try scanner.valueSpan()
            }
        }
        guard isNested else {
            throw .invalidRequest(
                .missingRequiredParameter,
                "Missing required parameter: '\(type)'. "
                    + (isFlat ? "On this endpoint a tool is nested: put its name and all else that it has into '\(type)'." : "It holds the tool."),
                param: type)
        }
        guard tool.name != nil else { throw .missing("\(type).name") }
        self = tool
    }

    /// Reads a function of the older form.
    init(function scanner: inout JSONScanner) throws(APIError) {
        var tool = Self()
        try scanner.members { (scanner, key) throws(APIError) in try tool.read(&scanner, scanner.key(key)) }
        guard tool.name != nil else { throw .missing("name") }
        self = tool
    }

    private init() {}

    private mutating func readNested(_ scanner: inout JSONScanner) throws(APIError) {
        guard scanner.peek() == UInt8(ascii: "{") else { throw .wrongType("\(kind)", expected: "an object") }
        var tool = self
        do throws(APIError) {
            try scanner.members { (scanner, key) throws(APIError) in try tool.read(&scanner, scanner.key(key)) }
        } catch {
            throw error.under("\(kind)")
        }
        self = tool
    }

    private mutating func read(_ scanner: inout JSONScanner, _ key: JSONKey) throws(APIError) {
        switch key {
        case "name": name = try scanner.string(for: "name")
        case "description": description = try scanner.text(for: "description")
        case "parameters" where !isCustom: parameters = try scanner.object(for: "parameters")
        case "strict" where !isCustom: strict = try scanner.bool(for: "strict") ?? false
        case "format" where isCustom: format = try scanner.object(for: "format")
        default: _ = try scanner.valueSpan()
        }
    }

    /// Flat, as the core has it.
    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.key("type")
        json.value(literal: isCustom ? "custom" : "function")
        json.key("name")
        json.value(name)
        json.member("description", ifSet: description)
        if isCustom {
            if let format { write(format, to: &json) }
        } else {
            json.member("parameters", ifSet: parameters)
            // Absent means false here, and true in the core.
            json.key("strict")
            json.value(strict)
        }
        json.endObject()
    }

    private func write(_ format: RawJSON, to json: inout JSONWriter) {
        json.key("format")
        guard let grammar = format["grammar"], grammar.isObject else { return json.value(format) }
        json.beginObject()
        json.key("type")
        json.value(literal: "grammar")
        json.member("syntax", ifSet: grammar["syntax"])
        json.member("definition", ifSet: grammar["definition"])
        json.endObject()
    }
}
