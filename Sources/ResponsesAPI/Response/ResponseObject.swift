/// A response as it stands on the wire: a snapshot in an event, the answer to a `POST`, or what a store gives back.
///
/// ```swift
/// let response = try ResponseObject(RawJSON(parsing: body))
/// print(response.status, response.outputText)
/// ```
/// The typed members are those of `Fields`; `json` is the whole, byte for byte as it came.
@dynamicMemberLookup
public struct ResponseObject: Sendable, Hashable {
    /// The object as it came, or as `init(_: Fields)` wrote it.
    public let json: RawJSON
    public let fields: Fields

    public subscript<T>(dynamicMember member: KeyPath<Fields, T>) -> T { fields[keyPath: member] }

    /// Reads a response.
    ///
    /// - Throws: `APIError` when it has no `id`, or a member of the wrong type. Output items are never refused.
    public init(_ json: RawJSON) throws(APIError) {
        self.json = json
        fields = try Fields(JSONMembers(json, what: "a response"))
    }

    /// A complete response with every member that the schemas demand (responses-api 3).
    public init(_ fields: Fields) {
        self.fields = fields
        var json = JSONWriter(reserving: 2048)
        fields.write(to: &json)
        self.json = json.raw
    }

    /// How far a response is.
    public struct Status: RawRepresentable, Hashable, Sendable, Codable, ExpressibleByStringLiteral {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public init(stringLiteral value: String) { rawValue = value }

        public static let queued: Self = "queued"
        public static let inProgress: Self = "in_progress"
        public static let completed: Self = "completed"
        public static let incomplete: Self = "incomplete"
        public static let failed: Self = "failed"
        public static let cancelled: Self = "cancelled"
    }

    /// Why a response failed.
    public struct Failure: Sendable, Hashable {
        public var code: ErrorCode?
        public var message: String

        public init(code: ErrorCode?, message: String) {
            self.code = code
            self.message = message
        }
    }

    /// The members, with the values that stand for "nothing was said" (responses-api 3) as defaults.
    public struct Fields: Sendable, Hashable {
        public var id: ResponseID
        /// Seconds since 1970.
        public var createdAt = 0
        /// Only of a completed response.
        public var completedAt: Int?
        /// `completed` when a server says nothing.
        public var status: Status
        public var error: Failure?
        /// `max_output_tokens`, `content_filter`, `steered`, `cancelled`, …
        public var incompleteReason: String?
        /// Which limit of a Hotline server is behind the reason, such as `response_bytes`; nil of other servers.
        public var serverLimit: String?
        public var model: String
        public var output: [Item] = []
        public var usage: Usage?
        public var previousResponseID: ResponseID?
        /// The id of the conversation.
        public var conversationID: String?
        /// A string, or an array of items.
        public var instructions: RawJSON?
        public var tools: RawJSON = .emptyArray
        public var toolChoice: RawJSON = "\"auto\""
        public var parallelToolCalls = true
        public var maxToolCalls: Int?
        public var text: RawJSON = #"{"format":{"type":"text"}}"#
        public var reasoning: RawJSON?
        public var maxOutputTokens: Int?
        public var temperature: Double? = 1
        public var topP: Double? = 1
        public var topLogprobs: Int? = 0
        public var presencePenalty: Double? = 0
        public var frequencyPenalty: Double? = 0
        public var truncation = "disabled"
        public var metadata: RawJSON = .emptyObject
        public var store = true
        public var background = false
        public var serviceTier = "default"
        public var promptCacheKey: String?
        public var safetyIdentifier: String?
        public var user: String?
        /// `prompt`, `moderation`, `tool_usage` and whatever else came, in order.
        public var extra: [JSONMember] = []

        public init(id: ResponseID, model: String, status: Status) {
            self.id = id
            self.model = model
            self.status = status
        }

        /// The text of all messages in the output, joined.
        public var outputText: String {
            var text = JSONText()
            for case .message(let message) in output.map(\.body) {
                for case .outputText(let part) in message.content { text.append(part) }
            }
            return text.string
        }

        /// The calls in the output that the client is asked to run.
        public var toolCalls: [Item.ToolCall] {
            output.compactMap { item in if case .call(let call) = item.body { call } else { nil } }
        }
    }
}

extension ResponseObject: WireValue {
    public init(wire: RawJSON) throws(APIError) { try self.init(wire) }
    public var wire: RawJSON { json }
}
