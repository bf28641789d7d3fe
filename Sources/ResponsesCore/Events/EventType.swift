/// The events this server sends, by their names on the wire (responses-api 12, websocket-mode 5).
public enum EventType: UInt8, Sendable, CaseIterable {
    case created, inProgress, completed, incomplete, failed
    case outputItemAdded, outputItemDone
    case contentPartAdded, contentPartDone
    case outputTextDelta, outputTextDone
    case refusalDelta, refusalDone
    case reasoningTextDelta, reasoningTextDone
    /// Open Responses' names for the same two.
    case reasoningDelta, reasoningDone
    case reasoningSummaryPartAdded, reasoningSummaryPartDone
    case reasoningSummaryTextDelta, reasoningSummaryTextDone
    case functionCallArgumentsDelta, functionCallArgumentsDone
    case customToolCallInputDelta, customToolCallInputDone
    case steerFailed
    case error

    public var name: StaticString {
        switch self {
        case .created: "response.created"
        case .inProgress: "response.in_progress"
        case .completed: "response.completed"
        case .incomplete: "response.incomplete"
        case .failed: "response.failed"
        case .outputItemAdded: "response.output_item.added"
        case .outputItemDone: "response.output_item.done"
        case .contentPartAdded: "response.content_part.added"
        case .contentPartDone: "response.content_part.done"
        case .outputTextDelta: "response.output_text.delta"
        case .outputTextDone: "response.output_text.done"
        case .refusalDelta: "response.refusal.delta"
        case .refusalDone: "response.refusal.done"
        case .reasoningTextDelta: "response.reasoning_text.delta"
        case .reasoningTextDone: "response.reasoning_text.done"
        case .reasoningDelta: "response.reasoning.delta"
        case .reasoningDone: "response.reasoning.done"
        case .reasoningSummaryPartAdded: "response.reasoning_summary_part.added"
        case .reasoningSummaryPartDone: "response.reasoning_summary_part.done"
        case .reasoningSummaryTextDelta: "response.reasoning_summary_text.delta"
        case .reasoningSummaryTextDone: "response.reasoning_summary_text.done"
        case .functionCallArgumentsDelta: "response.function_call_arguments.delta"
        case .functionCallArgumentsDone: "response.function_call_arguments.done"
        case .customToolCallInputDelta: "response.custom_tool_call_input.delta"
        case .customToolCallInputDone: "response.custom_tool_call_input.done"
        case .steerFailed: "response.steer.failed"
        case .error: "error"
        }
    }

    /// Whether nothing of the response comes after it.
    var isTerminal: Bool { self == .completed || self == .incomplete || self == .failed }
}
