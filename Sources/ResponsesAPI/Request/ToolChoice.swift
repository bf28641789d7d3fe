/// Which tools the model may or must call (responses-api 6).
public enum ToolChoice: Sendable, Hashable {
    case auto
    case none
    case required
    /// One function or custom tool, by name.
    case tool(type: String, name: String)
    /// A hard limit: a call to another tool never reaches the client.
    case allowed(mode: Mode, names: [Allowed])
    /// A built-in tool, kept as it came.
    case other(RawJSON)

    public enum Mode: String, Sendable, Hashable { case auto, required }

    public struct Allowed: Sendable, Hashable {
        public var type: String
        /// Nil for a built-in tool.
        public var name: String?

        public init(type: String, name: String?) {
            self.type = type
            self.name = name
        }
    }

    /// Whether an answer without a call is not what was asked for. A named tool is only offered alone where engines know no names, and one that
    /// answers in words then has said why.
    package var requiresCall: Bool {
        switch self {
        case .required, .allowed(mode: .required, _): true
        case .auto, .none, .tool, .allowed, .other: false
        }
    }

    /// The choice and its bytes for the echo.
    static func read(_ scanner: inout JSONScanner) throws(APIError) -> (ToolChoice, RawJSON)? {
        let json = try scanner.rawValue()
        if json.isNull { return nil }
        do throws(APIError) {
            return (try ToolChoice(json), json)
        } catch {
            throw error.under("tool_choice")
        }
    }

    init(_ json: RawJSON) throws(APIError) {
        if json.isString {
            switch json.stringValue {
            case "auto": self = .auto
            case "none": self = .none
            case "required": self = .required
            default:
                throw .invalidRequest(
                    .invalidValue, "Invalid value for 'tool_choice': supported are 'auto', 'none', 'required' and objects.")
            }
            return
        }
        guard json.isObject else {
            throw APIError.invalidRequest(.invalidType, "Invalid type for 'tool_choice': expected a string or an object.")
        }
        guard let type = json["type"]?.stringValue else { throw .missing("type") }
        switch type {
        case "function", "custom":
            guard let name = json["name"]?.stringValue else { throw .missing("name") }
            self = .tool(type: type, name: name)
        case "allowed_tools":
            let mode = json["mode"]?.stringValue ?? "auto"
            guard let mode = Mode(rawValue: mode) else { throw .wrongValue("mode", "supported are 'auto' and 'required'.") }
            guard let list = json["tools"], list.isArray else { throw .missing("tools") }
            let elements = list.elements
            guard (1...128).contains(elements.count) else { throw .wrongValue("tools", "1 to 128 tools are allowed.") }
            var names: [Allowed] = []
            for (index, element) in elements.enumerated() {
                guard let type = element["type"]?.stringValue else { throw APIError.missing("type").under("tools[\(index)]") }
                names.append(Allowed(type: type, name: element["name"]?.stringValue))
            }
            self = .allowed(mode: mode, names: names)
        default: self = .other(json)
        }
    }
}
