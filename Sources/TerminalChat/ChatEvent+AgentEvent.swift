import ResponsesAPI
import ResponsesClient

extension ChatEvent {
    /// What an agent's event shows the user; nil for what is not shown.
    init?(_ event: AgentEvent) {
        switch event {
        case .turnStarted: self = .asked
        case .event(let received):
            guard let event = ChatEvent(received) else { return nil }
            self = event
        case .turnInterrupted: self = .interrupted
        case .turnFinished: return nil
        case .toolStarted(let call): self = .toolStarted(ToolUse(call))
        case .toolFinished(let call, let output, let isError, let duration):
            self = .toolFinished(ToolUse(call), output: output, isError: isError, duration)
        case .toolDenied(let call, let reason): self = .toolDenied(ToolUse(call), reason: reason)
        }
    }

    private init?(_ event: ServerEvent) {
        switch event.body {
        case .outputTextDelta(_, let delta), .refusalDelta(_, let delta): self = .text(delta.string)
        case .reasoningTextDelta(_, let delta), .reasoningSummaryTextDelta(_, let delta): self = .reasoning(delta.string)
        case .outputTextDone, .refusalDone, .reasoningTextDone, .reasoningSummaryTextDone: self = .partEnded
        case .toolProgress(_, let tool, let stage): self = .note("\(tool): \(stage)")
        default: return nil
        }
    }
}

extension ChatEvent.ToolUse {
    init(_ call: Item.ToolCall) {
        self.init(callID: call.callID, name: call.name, arguments: call.input.string)
    }
}
