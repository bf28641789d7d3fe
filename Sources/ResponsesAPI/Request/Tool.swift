/// A tool a client offers. Built-in tools are kept as they came; an engine that cannot run one leaves it out.
public enum Tool: Sendable, Hashable {
    case function(FunctionTool)
    case custom(CustomTool)
    /// Functions under a common name; their calls carry `namespace`.
    case namespace(NamespaceTool)
    /// `web_search`, `mcp`, `shell` and every type this build does not know.
    case other(type: String, RawJSON)

    public struct FunctionTool: Sendable, Hashable {
        public var name: String
        public var description: JSONText?
        /// A JSON schema; nil when the function takes nothing.
        public var parameters: RawJSON?
        public var strict: Bool?
    }

    public struct CustomTool: Sendable, Hashable {
        public var name: String
        public var description: JSONText?
        /// `{"type": "text"}` or a grammar; nil means text.
        public var format: RawJSON?
    }

    public struct NamespaceTool: Sendable, Hashable {
        public var name: String
        public var description: JSONText?
        public var functions: [FunctionTool]
    }
}

extension Tool {
    init(_ scanner: inout JSONScanner) throws(APIError) {
        guard scanner.peek() == UInt8(ascii: "{") else {
            throw APIError.invalidRequest(.invalidType, "Invalid type for a tool: expected an object.")
        }
        let start = scanner.position
        var type: String?
        var name: String?
        var description: JSONText?
        var parameters: RawJSON?
        var strict: Bool?
        var format: RawJSON?
        var nested: RawJSON?
        var hasNestedFunction = false
        try scanner.members { (scanner, key) throws(APIError) in
            switch scanner.string(key) {
            case "type": type = try scanner.string(for: "type")
            case "name": name = try scanner.string(for: "name")
            case "description": description = try scanner.text(for: "description")
            case "parameters": parameters = try scanner.object(for: "parameters")
            case "strict": strict = try scanner.bool(for: "strict")
            case "format": format = try scanner.rawValue()
            case "tools": nested = try scanner.rawValue()
            case "function":
                hasNestedFunction = true
                _ = try scanner.rawValue()
            default: _ = try scanner.orInvalid { (scanner) throws(JSONError) in try scanner.skipValue() }
            }
        }
        guard let type else { throw .missing("type") }
        switch type {
        case "function":
            if name == nil, hasNestedFunction {
                throw .invalidRequest(
                    .missingRequiredParameter,
                    "Missing required parameter: 'name'. In the Responses API a function tool is flat: put name, "
                        + "description and parameters beside 'type' instead of inside 'function'.", param: "name")
            }
            self = .function(
                FunctionTool(
                    name: try Self.checked(name), description: description, parameters: parameters, strict: strict))
        case "custom":
            self = .custom(CustomTool(name: try Self.checked(name), description: description, format: format))
        case "namespace":
            var functions: [FunctionTool] = []
            for (index, element) in (nested?.elements ?? []).enumerated() {
                do throws(APIError) {
                    guard case .function(let function) = try Tool(element) else { continue }
                    functions.append(function)
                } catch {
                    throw error.under("tools[\(index)]")
                }
            }
            self = .namespace(
                NamespaceTool(name: try Self.checked(name), description: description, functions: functions))
        default: self = .other(type: type, scanner.raw(start..<scanner.position))
        }
    }

    init(_ json: RawJSON) throws(APIError) {
        self = try json.bytes.scanned { (scanner) throws(APIError) in try Tool(&scanner) }
    }

    /// A tool's name: 1 to 128 characters of `[A-Za-z0-9_-]` (Responses API, section 5).
    private static func checked(_ name: String?) throws(APIError) -> String {
        guard let name else { throw .missing("name") }
        let isNameByte = { (byte: UInt8) in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard (1...128).contains(name.utf8.count), name.utf8.allSatisfy(isNameByte) else {
            throw .wrongValue("name", "a tool's name has 1 to 128 characters of A-Z, a-z, 0-9, '_' and '-'.")
        }
        return name
    }
}

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
        let read = try json.bytes.scanned { (scanner) throws(APIError) -> [(Tool, RawJSON)] in
            var read: [(Tool, RawJSON)] = []
            try scanner.elements { (scanner, _) throws(APIError) in
                let start = scanner.position
                let tool = try Tool(&scanner)
                read.append((tool, scanner.raw(start..<scanner.position)))
            }
            return read
        }
        self.json = json
        tools = read.map(\.0)
        var echo = JSONWriter(reserving: json.bytes.count + 64)
        echo.beginArray()
        for (tool, raw) in read { tool.writeEcho(raw, to: &echo) }
        echo.endArray()
        self.echo = echo.raw
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
            default: continue
            }
        }
        return nil
    }
}

extension Tool {
    /// "A function tool is echoed with type, name, description, parameters, and strict all present" (section 3).
    fileprivate func writeEcho(_ raw: RawJSON, to json: inout JSONWriter) {
        switch self {
        case .function(let function):
            let known: Set<String> = ["type", "name", "description", "parameters", "strict"]
            json.beginObject()
            json.key("type")
            json.value("function")
            json.key("name")
            json.value(function.name)
            json.key("description")
            json.value(function.description)
            json.key("parameters")
            json.value(function.parameters)
            json.key("strict")
            json.value(function.strict)
            raw.forEachMember { key, value in
                if !known.contains(key) {
                    json.key(key)
                    json.value(value)
                }
            }
            json.endObject()
        case .other(type: "mcp", _):
            // "Never echo headers or authorization back" (section 5).
            json.beginObject()
            raw.forEachMember { key, value in
                if key != "headers", key != "authorization" {
                    json.key(key)
                    json.value(value)
                }
            }
            json.endObject()
        default: json.value(raw)
        }
    }
}

extension RawJSON {
    /// Walks an object's members in order.
    package func forEachMember(_ body: (String, RawJSON) -> Void) {
        guard isObject else { return }
        _ = try? bytes.scanned { (scanner) throws(JSONError) in
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                let value = try scanner.skipValue()
                body(scanner.string(key), scanner.raw(value))
            }
        }
    }
}
