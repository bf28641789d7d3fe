/// A tool a client offers. Built-in tools are kept as they came; an engine that cannot run one leaves it out.
public enum Tool: Sendable, Hashable {
    case function(FunctionTool)
    case custom(CustomTool)
    /// Tools under a common name; their calls carry `namespace`.
    case namespace(NamespaceTool)
    /// `web_search`, `mcp`, `shell` and every type this build does not know.
    case other(type: String, RawJSON)

    public struct FunctionTool: Sendable, Hashable {
        public var name: String
        public var description: JSONText?
        /// A JSON schema; nil when the function takes nothing.
        public var parameters: RawJSON?
        public var strict: Bool?
        /// Other members, such as `defer_loading`, in order.
        public var extra: [JSONMember] = []

        public init(name: String, description: JSONText? = nil, parameters: RawJSON? = nil, strict: Bool? = nil) {
            self.name = name
            self.description = description
            self.parameters = parameters
            self.strict = strict
        }
    }

    public struct CustomTool: Sendable, Hashable {
        public var name: String
        public var description: JSONText?
        /// `{"type": "text"}` or a grammar; nil means text.
        public var format: RawJSON?
        /// Other members, in order.
        public var extra: [JSONMember] = []

        public init(name: String, description: JSONText? = nil, format: RawJSON? = nil) {
            self.name = name
            self.description = description
            self.format = format
        }
    }

    public struct NamespaceTool: Sendable, Hashable {
        public var name: String
        public var description: JSONText?
        public var functions: [FunctionTool]
        /// Tools in it that are not functions; the reference allows custom ones.
        public var others: [Tool]
        /// Other members, in order.
        public var extra: [JSONMember] = []

        public init(name: String, description: JSONText? = nil, functions: [FunctionTool], others: [Tool] = []) {
            self.name = name
            self.description = description
            self.functions = functions
            self.others = others
        }
    }
}

extension Tool {
    /// Whether a model that knows functions only can call it, or something in it: the client runs it (responses-api 5). Tools that the
    /// server is to run are not callable.
    public var isCallable: Bool {
        switch self {
        case .function, .custom: true
        case .namespace(let namespace):
            !namespace.functions.isEmpty || namespace.others.contains { if case .custom = $0 { true } else { false } }
        case .other(let type, let raw): ClientRunTool(type: type, raw) != nil
        }
    }
}

extension Tool {
    /// Reads one tool.
    ///
    /// - Throws: `APIError` whose `param` is the field's path within the tool.
    public init(_ json: RawJSON) throws(APIError) {
        self = try json.bytes.scanned { (scanner) throws(APIError) in try Tool(&scanner) }
    }

    /// - Parameter isNested: it stands in a namespace. One in another is kept as it came: none is known to mean anything, and
    ///   reading each level would read what is in it again and again.
    init(_ scanner: inout JSONScanner, isNested: Bool = false) throws(APIError) {
        guard scanner.peek() == UInt8(ascii: "{") else {
            throw APIError.invalidRequest(.invalidType, "Invalid type for a tool: expected an object.")
        }
        guard let type = try scanner.typeAhead() else { throw .missing("type") }
        switch type {
        case "namespace" where isNested: self = .other(type: type, try scanner.rawValue())
        case "function", "custom", "namespace":
            var fields = ToolFields()
            try scanner.members { (scanner, key) throws(APIError) in
                try fields.read(&scanner, scanner.key(key), isFunction: type == "function", isCustom: type == "custom")
            }
            self = try fields.tool(type)
        default:
            // A tool of another vendor may use the same names for anything.
            self = .other(type: type, try scanner.rawValue())
        }
    }
}

extension Tool {
    /// What the tool holds outside of itself, in bytes of the allocator.
    var allocatedBytes: Int {
        switch self {
        case .function(let tool): tool.allocatedBytes
        case .custom(let tool):
            Self.bytes(tool.name) + Self.bytes(tool.description) + Self.bytes(tool.format) + Self.bytes(tool.extra)
        case .namespace(let tool):
            Self.bytes(tool.name) + Self.bytes(tool.description) + Self.bytes(tool.extra)
                + tool.functions.reduce(tool.functions.isEmpty ? 0 : 48) {
                    $0 + MemoryLayout<FunctionTool>.stride + $1.allocatedBytes
                }
                + tool.others.reduce(tool.others.isEmpty ? 0 : 48) { $0 + MemoryLayout<Tool>.stride + $1.allocatedBytes }
        case .other(let type, let json): Self.bytes(type) + json.bytes.allocatedBytes
        }
    }

    fileprivate static func bytes(_ text: JSONText?) -> Int { text?.escaped.allocatedBytes ?? 0 }
    fileprivate static func bytes(_ json: RawJSON?) -> Int { json?.bytes.allocatedBytes ?? 0 }
    fileprivate static func bytes(_ members: [JSONMember]) -> Int {
        members.reduce(members.isEmpty ? 0 : 48) {
            $0 + MemoryLayout<JSONMember>.stride + bytes($1.name) + $1.value.bytes.allocatedBytes
        }
    }

    /// Strings of at most 15 bytes are held in place.
    fileprivate static func bytes(_ string: String) -> Int { string.utf8.count > 15 ? string.utf8.count + 48 : 0 }
}

extension Tool.FunctionTool {
    fileprivate var allocatedBytes: Int {
        Tool.bytes(name) + Tool.bytes(description) + Tool.bytes(parameters) + Tool.bytes(extra)
    }
}

/// Collects the members of one tool while it is scanned.
private struct ToolFields {
    var name: String?
    var description: JSONText?
    var parameters: RawJSON?
    var strict: Bool?
    var format: RawJSON?
    var nested: [Tool] = []
    var extra: [JSONMember] = []
    var hasNestedFunction = false

    mutating func read(
        _ scanner: inout JSONScanner, _ key: JSONKey, isFunction: Bool, isCustom: Bool
    ) throws(APIError) {
        switch key {
        case "type": _ = try scanner.valueSpan()
        case "name": name = try scanner.string(for: "name")
        case "description": description = try scanner.text(for: "description")
        case "parameters" where isFunction: parameters = try scanner.object(for: "parameters")
        case "strict" where isFunction: strict = try scanner.bool(for: "strict")
        case "format" where isCustom: format = try scanner.object(for: "format")
        case "tools" where !isFunction && !isCustom: nested = try Self.readNested(&scanner)
        default:
            if "function" ~= key { hasNestedFunction = true }
            extra.append(JSONMember(key.string, try scanner.rawValue()))
        }
    }

    private static func readNested(_ scanner: inout JSONScanner) throws(APIError) -> [Tool] {
        switch scanner.peek() {
        case UInt8(ascii: "n"):
            _ = try scanner.valueSpan()
            return []
        case UInt8(ascii: "["):
            var tools: [Tool] = []
            do throws(APIError) {
                try scanner.elements { (scanner, _) throws(APIError) in tools.append(try Tool(&scanner, isNested: true)) }
            } catch {
                throw error.under("tools")
            }
            return tools
        default: throw .wrongType("tools", expected: "an array")
        }
    }

    func tool(_ type: String) throws(APIError) -> Tool {
        if name == nil, hasNestedFunction, type == "function" {
            throw .invalidRequest(
                .missingRequiredParameter,
                "Missing required parameter: 'name'. In the Responses API a function tool is flat: put name, "
                    + "description and parameters beside 'type' instead of inside 'function'.", param: "name")
        }
        let name = try checkedName()
        switch type {
        case "function":
            var tool = Tool.FunctionTool(name: name, description: description, parameters: parameters, strict: strict)
            tool.extra = extra
            return .function(tool)
        case "custom":
            var tool = Tool.CustomTool(name: name, description: description, format: format)
            tool.extra = extra
            return .custom(tool)
        default:
            var tool = Tool.NamespaceTool(name: name, description: description, functions: [])
            tool.extra = extra
            for inner in nested {
                if case .function(let function) = inner { tool.functions.append(function) } else { tool.others.append(inner) }
            }
            return .namespace(tool)
        }
    }

    /// A tool's name: 1 to 128 characters of `[A-Za-z0-9_-]` (responses-api 5).
    private func checkedName() throws(APIError) -> String {
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
