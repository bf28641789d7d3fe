import ResponsesAPI
import ResponsesEngine

/// Which calls may reach the client, and in the kind in which their tool was offered.
package struct CallPolicy: Sendable {
    /// How calls of the tools that were offered begin, by the name on the wire, without their id.
    package var heads: [String: ToolCallHead]
    /// Names on the wire that may be called; nil: whatever the model names, so that an agent can answer a wrong name.
    package var allowed: Set<String>?
    /// False keeps the first call only, as engines were seen to ignore `parallel_tool_calls`.
    package var isParallel: Bool
    /// Whether an id is a call's of the conversation so far: engines count their calls, some anew with each answer. Asked once a call.
    var isTaken: (@Sendable (String) -> Bool)?
    /// What must not be in an id, nor in a name that was not offered.
    var secrets = SecretSpellings()

    package init(heads: [String: ToolCallHead] = [:], allowed: Set<String>? = nil, isParallel: Bool = true) {
        self.heads = heads
        self.allowed = allowed
        self.isParallel = isParallel
    }

    /// How a call of `wireName` begins for the client; nil when it must not reach it.
    func head(_ wireName: String, callID: String?) -> ToolCallHead? {
        if let allowed, !allowed.contains(wireName) { return nil }
        var head = heads[wireName] ?? ToolCallHead(kind: .function, name: wireName)
        head.callID = callID
        return head
    }
}
