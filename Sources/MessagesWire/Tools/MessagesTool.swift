import ResponsesAPI

/// An entry of `tools` (anthropic-messages 5.1).
enum MessagesTool: Sendable {
    case function(Function)
    /// The server is to run it, which this one does not: left out like other tools that no engine can call, and logged like them.
    case serverRun(name: String, type: String)

    struct Function: Sendable {
        var name: String
        /// As a function tool of the core. What does not matter to a model is not in it, so that its bytes stay the same when
        /// a mark of the client's cache moves or its loading is put off.
        var json: RawJSON
        /// Whether it is offered only from the place on where a result or a system message names it (anthropic-messages 5.3).
        var isDeferred: Bool
    }

    init(_ json: RawJSON) throws(APIError) {
        self = try json.bytes.scanned { (scanner) throws(APIError) in try MessagesTool(&scanner) }
    }

    /// - Throws: `APIError` with the field's path within the tool.
    init(_ scanner: inout JSONScanner) throws(APIError) {
        guard scanner.peek() == UInt8(ascii: "{") else {
            throw APIError.invalidRequest(.invalidType, "Invalid type for a tool: expected an object.")
        }
        let type = try scanner.typeAhead()
        var name: String?
        var description: JSONText?
        var schema: RawJSON?
        var strict: Bool?
        var isDeferred = false
        try scanner.members { (scanner, key) throws(APIError) in
            switch scanner.key(key) {
            case "name": name = try scanner.string(for: "name")
            case "description": description = try scanner.text(for: "description")
            case "input_schema": schema = try scanner.object(for: "input_schema")
            case "strict": strict = try scanner.bool(for: "strict")
            case "defer_loading": isDeferred = try scanner.bool(for: "defer_loading") ?? false
            default: _ = try scanner.valueSpan()
            }
        }
        if let type, let known = ClientTool(type: type) {
            (name, schema, strict) = (name ?? known.name, known.schema, nil)
            description = description ?? known.description
        } else if let type, type != "custom", type != "function" {
            if Self.mustRun.contains(where: { type.hasPrefix($0) }) {
                throw .wrongValue("type", "'\(type)' is not available on this server. Leave it out.")
            }
            // A kind of a later client that comes with a schema can be called like any other.
            guard schema != nil, !Self.serverRun.contains(where: { type.hasPrefix($0) }) else {
                self = .serverRun(name: name ?? type, type: type)
                return
            }
        }
        guard let name else { throw .missing("name") }
        guard let schema else { throw .missing("input_schema") }
        self = .function(
            Function(name: name, json: Self.json(name, description, schema, strict: strict ?? false), isDeferred: isDeferred))
    }

    /// Without the screen or the browser that their client means, an answer would be wrong.
    private static let mustRun = ["computer_", "browser_"]

    private static let serverRun = [
        "web_search_", "web_fetch_", "code_execution_", "tool_search_tool_", "advisor_", "mcp_toolset",
    ]

    private static func json(_ name: String, _ description: JSONText?, _ schema: RawJSON, strict: Bool) -> RawJSON {
        var json = JSONWriter(reserving: schema.bytes.count + (description?.escaped.count ?? 0) + 128)
        json.beginObject()
        json.key("type")
        json.value(literal: "function")
        json.key("name")
        json.value(name)
        json.member("description", ifSet: description)
        json.key("parameters")
        json.value(schema)
        json.key("strict")
        json.value(strict)
        json.endObject()
        return json.raw
    }
}
