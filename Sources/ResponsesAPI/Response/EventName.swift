/// The `type` of a server's event (responses-api 12, websocket-mode 5). Open: engines may hand over events of items that this
/// build does not know.
public struct EventName: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral {
    /// Plain characters, which stand in JSON and in a line of SSE as they are.
    public let rawValue: String

    /// Nil unless the name has 1 to 128 characters of a-z, A-Z, 0-9, `.`, `_`, `:` and `-`.
    public init?(rawValue: String) {
        guard Self.isPlain(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    /// For constants; traps when the literal is not a name.
    public init(stringLiteral value: String) {
        precondition(Self.isPlain(value), "not the name of an event")
        rawValue = value
    }

    private init(known name: String) { rawValue = name }

    private static func isPlain(_ name: String) -> Bool {
        (1...128).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "-")].contains(byte)
                }
            }
    }

    // The response.
    public static let created = EventName(known: "response.created")
    public static let queued = EventName(known: "response.queued")
    public static let inProgress = EventName(known: "response.in_progress")
    public static let completed = EventName(known: "response.completed")
    public static let incomplete = EventName(known: "response.incomplete")
    public static let failed = EventName(known: "response.failed")
    // Items and parts.
    public static let outputItemAdded = EventName(known: "response.output_item.added")
    public static let outputItemDone = EventName(known: "response.output_item.done")
    public static let contentPartAdded = EventName(known: "response.content_part.added")
    public static let contentPartDone = EventName(known: "response.content_part.done")
    public static let reasoningSummaryPartAdded = EventName(known: "response.reasoning_summary_part.added")
    public static let reasoningSummaryPartDone = EventName(known: "response.reasoning_summary_part.done")
    // Texts.
    public static let outputTextDelta = EventName(known: "response.output_text.delta")
    public static let outputTextDone = EventName(known: "response.output_text.done")
    public static let outputTextAnnotationAdded = EventName(known: "response.output_text.annotation.added")
    public static let refusalDelta = EventName(known: "response.refusal.delta")
    public static let refusalDone = EventName(known: "response.refusal.done")
    public static let reasoningTextDelta = EventName(known: "response.reasoning_text.delta")
    public static let reasoningTextDone = EventName(known: "response.reasoning_text.done")
    /// Open Responses' names for the same two.
    public static let reasoningDelta = EventName(known: "response.reasoning.delta")
    public static let reasoningDone = EventName(known: "response.reasoning.done")
    public static let reasoningSummaryTextDelta = EventName(known: "response.reasoning_summary_text.delta")
    public static let reasoningSummaryTextDone = EventName(known: "response.reasoning_summary_text.done")
    // Calls.
    public static let functionCallArgumentsDelta = EventName(known: "response.function_call_arguments.delta")
    public static let functionCallArgumentsDone = EventName(known: "response.function_call_arguments.done")
    public static let customToolCallInputDelta = EventName(known: "response.custom_tool_call_input.delta")
    public static let customToolCallInputDone = EventName(known: "response.custom_tool_call_input.done")
    // Of no response, or beside one.
    public static let steerFailed = EventName(known: "response.steer.failed")
    public static let error = EventName(known: "error")
}
