/// The tools of a request, read once and shared by every turn that sends the same bytes.
///
/// Clients resend their tools with every turn, often tens of kilobytes. A turn whose bytes equal the previous turn's
/// reuses this value instead of copying, parsing and rendering them again.
public final class ToolSet: Sendable {
    /// The array as the client sent it.
    public let json: RawJSON
    public let tools: [Tool]
    /// The array as responses echo it: function tools have all their fields, secrets of `mcp` tools are gone.
    public let echo: RawJSON

    public static let empty = ToolSet()

    private init() {
        json = .emptyArray
        tools = []
        echo = .emptyArray
    }

    /// Reads the `tools` array of a request.
    ///
    /// - Throws: `APIError` naming the field, such as `tools[3].name`.
    public init(_ json: RawJSON) throws(APIError) {
        guard json.isArray else { throw .wrongType("tools", expected: "an array") }
        do throws(APIError) {
            (tools, echo) = try json.bytes.scanned { (scanner) throws(APIError) -> ([Tool], RawJSON) in
                var tools: [Tool] = []
                var echo = JSONWriter(reserving: json.bytes.count + 64)
                echo.beginArray()
                try scanner.elements { (scanner, _) throws(APIError) in
                    _ = scanner.peek()
                    let start = scanner.position
                    let tool = try Tool(&scanner)
                    tools.append(tool)
                    tool.writeEcho(scanner.bytes(start..<scanner.position), to: &echo)
                }
                echo.endArray()
                return (tools, echo.raw)
            }
        } catch {
            throw error.under("tools")
        }
        self.json = json
    }

    /// Tools for a client to offer.
    ///
    /// - Throws: `APIError` naming the field that the API would refuse.
    public convenience init(_ tools: [Tool]) throws(APIError) {
        var array = JSONWriter()
        array.beginArray()
        for tool in tools { tool.write(to: &array) }
        array.endArray()
        try self.init(array.raw)
    }

    /// The function or custom tool called `name`, with its namespace.
    public func callable(named name: String) -> (tool: Tool, namespace: String?)? {
        for tool in tools {
            switch tool {
            case .function(let function) where function.name == name: return (tool, nil)
            case .custom(let custom) where custom.name == name: return (tool, nil)
            case .namespace(let namespace):
                if let function = namespace.functions.first(where: { $0.name == name }) {
                    return (.function(function), namespace.name)
                }
                for case .custom(let custom) in namespace.others where custom.name == name {
                    return (.custom(custom), namespace.name)
                }
            default: continue
            }
        }
        return nil
    }
}

extension Tool {
    /// Writes the tool as a client sends it: only what is set.
    package func write(to json: inout JSONWriter) {
        switch self {
        case .function(let tool):
            json.beginTool("function", name: tool.name)
            json.member("description", ifSet: tool.description)
            json.member("parameters", ifSet: tool.parameters)
            json.member("strict", ifSet: tool.strict)
            json.endTool(tool.extra)
        case .custom(let tool):
            json.beginTool("custom", name: tool.name)
            json.member("description", ifSet: tool.description)
            json.member("format", ifSet: tool.format)
            json.endTool(tool.extra)
        case .namespace(let tool):
            json.beginTool("namespace", name: tool.name)
            json.member("description", ifSet: tool.description)
            json.key("tools")
            json.beginArray()
            for function in tool.functions { Tool.function(function).write(to: &json) }
            for other in tool.others { other.write(to: &json) }
            json.endArray()
            json.endTool(tool.extra)
        case .other(_, let raw): json.value(raw)
        }
    }

    /// "A function tool is echoed with type, name, description, parameters, and strict all present"
    /// (responses-api 3).
    fileprivate func writeEcho(_ bytes: UnsafeBufferPointer<UInt8>, to json: inout JSONWriter) {
        switch self {
        case .function(let tool):
            json.beginTool("function", name: tool.name)
            json.key("description")
            json.value(tool.description)
            json.key("parameters")
            json.value(tool.parameters)
            json.key("strict")
            json.value(tool.strict)
            json.endTool(tool.extra)
        case .other(type: "mcp", let raw):
            // "Never echo headers or authorization back" (responses-api 5).
            json.beginObject()
            raw.forEachMember { key, value in
                if key != "headers", key != "authorization" {
                    json.key(key)
                    json.value(value)
                }
            }
            json.endObject()
        default: json.value(validated: bytes)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func beginTool(_ type: StaticString, name: String) {
        beginObject()
        key("type")
        value(literal: type)
        key("name")
        value(name)
    }

    fileprivate mutating func endTool(_ extra: [JSONMember]) {
        members(extra)
        endObject()
    }
}
