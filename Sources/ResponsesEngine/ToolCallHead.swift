import ResponsesAPI

/// How a tool call begins. It comes back in the kind in which the tool was offered.
public struct ToolCallHead: Sendable, Hashable {
    public var kind: Item.ToolCall.Kind
    public var name: String
    /// The namespace tool that holds the function.
    public var namespace: String?
    /// The engine's own id of the call, unique within the chain; nil lets the server make one.
    public var callID: String?

    public init(kind: Item.ToolCall.Kind, name: String, namespace: String? = nil, callID: String? = nil) {
        self.kind = kind
        self.name = name
        self.namespace = namespace
        self.callID = callID
    }
}
