import ResponsesAPI

/// What a turn can offer to the model: a `Tool` that the program or the server runs, or an `AgentTool`.
public protocol OfferedTool: Sendable {
    /// The tool as the request carries it.
    var offer: Tool { get }
}

extension Tool: OfferedTool {
    public var offer: Tool { self }
}
