import ResponsesAPI

/// The result of a run.
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
