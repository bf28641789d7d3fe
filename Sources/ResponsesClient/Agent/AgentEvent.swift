import ResponsesAPI

/// What happens in an agent's loop, in order: events are reported one at a time, each after the one before was handled.
public enum AgentEvent: Sendable {
    /// The first round is 1.
    case turnStarted(round: Int)
    case event(ServerEvent)
    /// The turn was interrupted. What was streamed of it is void; it is asked again.
    case turnInterrupted(ClientError)
    case turnFinished(ResponseObject)
    case toolStarted(Item.ToolCall)
    /// `output` is what the model gets. Also reported, without a start, of a call that names no tool of the run.
    case toolFinished(Item.ToolCall, output: String, isError: Bool, duration: Duration)
    case toolDenied(Item.ToolCall, reason: String)
}
