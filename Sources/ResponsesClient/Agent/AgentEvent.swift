import ResponsesAPI

/// What happens in an agent's loop, in order: events are reported one at a time, each after the one before was taken.
public enum AgentEvent: Sendable {
    /// The first round is 1.
    case turnStarted(round: Int)
    case event(ServerEvent)
    /// The turn was cut. What was streamed of it is void; it is asked again.
    case turnInterrupted(ClientError)
    case turnFinished(ResponseObject)
    case toolStarted(Item.ToolCall)
    /// `output` is what the model gets. Also reported, without a start, of a call that names no tool of the run.
    case toolFinished(Item.ToolCall, output: String, isError: Bool, duration: Duration)
    case toolDenied(Item.ToolCall, reason: String)
}

/// What a run came to.
public struct AgentRun: Sendable {
    /// The model's last text.
    public var text: String
    /// The last response.
    public var response: ResponseObject
    /// How many turns it took.
    public var rounds: Int
    /// How many calls were answered.
    public var toolCalls: Int
    /// Of all turns together.
    public var usage: Usage
    /// How each turn was sent.
    public var deliveries: [Delivery]

    package init(
        text: String, response: ResponseObject, rounds: Int, toolCalls: Int, usage: Usage, deliveries: [Delivery] = []
    ) {
        self.text = text
        self.response = response
        self.rounds = rounds
        self.toolCalls = toolCalls
        self.usage = usage
        self.deliveries = deliveries
    }
}
