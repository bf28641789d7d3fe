import ResponsesAPI

/// The limits of an agent's loop, and the question that is asked before a tool runs.
public struct AgentOptions: Sendable {
    /// Turns of one run. A model that still calls tools after that many is going in circles.
    public var roundsMax = 50
    /// Tools that run at once; further calls of a turn wait.
    public var parallelToolsMax = 8
    /// Bytes of a tool's output that the model gets; the rest is cut off, and a note says how much.
    public var toolOutputBytesMax = 1 << 20
    /// How often one turn of a run may be interrupted by the network, or fall silent, and be asked again.
    public var interruptionsMax = 5
    /// Asked before each call of a tool with `needsApproval`. One question at a time, in the order of the calls, and no event
    /// is reported until the answer, as a person may be reading the question.
    public var approve: @Sendable (Item.ToolCall) async -> Approval = { _ in .allow }

    public init() {}
}
