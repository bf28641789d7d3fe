/// One item of a conversation: the bytes it came in, and a typed view of what matters.
///
/// One union serves as input, output and history (responses-api 4). The set of types is open: an item of an
/// unknown type is kept and passed on as it is.
public struct Item: Sendable, Hashable {
    /// The item as it came, or as this server made it.
    public let json: RawJSON
    /// The wire's `type`; `message` for the short form without one.
    public let type: String
    public let id: String?
    /// `in_progress`, `completed`, `incomplete` and those of tools; absent in most input.
    public let status: String?
    public let body: Body

    /// What an engine needs of an item.
    public enum Body: Sendable, Hashable {
        case message(Message)
        /// A call of a function, of a custom tool with free text for input, or of a built-in tool that the client runs.
        case call(ToolCall)
        case callOutput(ToolCallOutput)
        case reasoning(Reasoning)
        /// Stands for a stored item with this id.
        case reference(id: String)
        /// What a compaction left, sealed by the server that made it.
        case compaction(encryptedContent: String)
        /// Any other type; see `Item.json`.
        case other
    }

    public struct Message: Sendable, Hashable {
        public var role: Role
        public var content: [ContentPart]
        /// `commentary` or `final_answer`.
        public var phase: String?

        public init(role: Role, content: [ContentPart], phase: String? = nil) {
            self.role = role
            self.content = content
            self.phase = phase
        }
    }

    /// Who speaks. Open: templates of engines decide which they know.
    public struct Role: RawRepresentable, Hashable, Sendable {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public static let user = Role(rawValue: "user")
        public static let assistant = Role(rawValue: "assistant")
        public static let system = Role(rawValue: "system")
        public static let developer = Role(rawValue: "developer")
    }

    public struct ToolCall: Sendable, Hashable {
        public enum Kind: Sendable, Hashable {
            case function, custom
            case clientRun(ClientRunTool)

            /// The `type` of the tool that is called.
            public var toolType: String {
                switch self {
                case .function: "function"
                case .custom: "custom"
                case .clientRun(let tool): tool.rawValue
                }
            }
        }
        public var kind: Kind
        public var callID: String
        public var name: String
        /// The namespace tool that holds the function.
        public var namespace: String?
        /// A function's arguments (JSON as text), or a custom tool's free text. Of a built-in tool, as if it were a function.
        public var input: JSONText

        public init(kind: Kind, callID: String, name: String, namespace: String? = nil, input: JSONText) {
            self.kind = kind
            self.callID = callID
            self.name = name
            self.namespace = namespace
            self.input = input
        }
    }

    public struct ToolCallOutput: Sendable, Hashable {
        public var kind: ToolCall.Kind
        public var callID: String
        public var output: [ContentPart]

        public init(kind: ToolCall.Kind, callID: String, output: [ContentPart]) {
            self.kind = kind
            self.callID = callID
            self.output = output
        }
    }

    public struct Reasoning: Sendable, Hashable {
        public var summary: [ContentPart]
        public var content: [ContentPart]
        public var encryptedContent: String?

        public init(summary: [ContentPart] = [], content: [ContentPart] = [], encryptedContent: String? = nil) {
            self.summary = summary
            self.content = content
            self.encryptedContent = encryptedContent
        }
    }
}

extension Item {
    /// Whether its `tools` can be called from there on (responses-api 4).
    package var bringsTools: Bool {
        switch type {
        case "additional_tools": true
        case "tool_search_output": json["execution"]?.stringValue != "server"
        default: false
        }
    }

    /// Reads an item and checks what its type demands.
    ///
    /// - Throws: `APIError` whose `param` is the field's path within the item.
    public init(_ json: RawJSON) throws(APIError) {
        self = try json.bytes.scanned { (scanner) throws(APIError) in try Item(&scanner) }
    }

    init(_ scanner: inout JSONScanner) throws(APIError) {
        guard scanner.peek() == UInt8(ascii: "{") else {
            throw APIError.invalidRequest(.invalidType, "Invalid type for an item: expected an object.")
        }
        let start = scanner.position
        let type = try scanner.typeAhead()
        var fields = ItemFields(type: type)
        try scanner.members { (scanner, key) throws(APIError) in try fields.read(&scanner, scanner.key(key)) }
        json = scanner.raw(start..<scanner.position)
        id = fields.id
        status = fields.status
        self.type = fields.resolvedType
        body = try fields.body()
    }
}
