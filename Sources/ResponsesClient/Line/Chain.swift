import ResponsesAPI

/// What was said so far on a lane: a value that can be kept, continued elsewhere, and gone back to.
///
/// ```swift
/// let before = await lane.chain
/// _ = try await lane.respond(to: "Try it with actors").text()
/// try await lane.rewind(to: before)                               // as if it had not been said
/// let branch = try await line.lane("b", continuing: before)       // a fork
/// ```
/// It holds the full history: the server's memory is only an optimisation (websocket-mode 18). Copies share
/// their items.
public struct Chain: Sendable {
    /// Everything that was said, in order: input and output items.
    public private(set) var items: [Item]
    /// Items that go before the next turn's own: outputs of calls that were answered while no turn could carry them.
    var pending: [Item] = []
    /// The response that stands for `items` at the server.
    var parent: Parent?

    /// A response that a server may still hold.
    struct Parent: Sendable {
        let id: ResponseID
        /// Whether it outlives its connection.
        let isStored: Bool
        /// The line that it was made on: each line counts its own connections.
        let line: LineNumber
        /// The connection whose memory holds it; nil when it was made over HTTP.
        let connection: ConnectionNumber?
        /// All fields but the input of the request that made it: "send a delta only if every non-input field equals the
        /// previous request" (websocket-mode 18).
        let settings: [UInt8]
    }

    /// A chain that begins with these items, such as those of a conversation that was saved.
    public init(items: [Item] = []) { self.items = items }

    var isEmpty: Bool { items.isEmpty && pending.isEmpty && parent == nil }

    /// The newest response, when the server may still know it.
    public var newest: ResponseID? { parent?.id }

    /// Calls in the history that no output answers yet, in order.
    public var openCalls: [Item.ToolCall] {
        var open: [Item.ToolCall] = []
        for item in items + pending {
            switch item.body {
            case .call(let call): open.append(call)
            case .callOutput(let output): open.removeAll { $0.callID == output.callID }
            default: break
            }
        }
        return open
    }

    /// The chain after a turn.
    func adding(_ input: [Item], _ output: [Item], parent: Parent?) -> Chain {
        var chain = self
        chain.items += input
        chain.items += output
        chain.pending = []
        chain.parent = parent
        return chain
    }
}
