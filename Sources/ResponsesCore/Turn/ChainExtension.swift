import ResponsesAPI
import ResponsesEngine

/// What a finished response adds to its chain.
struct ChainExtension: Sendable {
    let plan: Turn.Plan
    let id: ResponseID
    let output: [RawJSON]
    let trace: (any EngineTrace)?
    let usage: Usage?
    let account: MemoryAccount
    /// Whether the response may well never be continued: its output is rendered when it is.
    var rendersLater = false

    /// What was made, in bytes: how long making the node takes.
    var bytes: Int { EnteredItems.bytes(of: output) }

    func node() -> ChainNode {
        plan.resolved.node(
            id: id, output: output, rendersLater: rendersLater, engine: plan.placement.id, trace: trace,
            // Few clients give a threshold, and a chain has thousands of nodes.
            contextTokens: plan.draft?.request.compactThreshold == nil ? nil : usage.map { ContextSize.sum($0.inputTokens, $0.outputTokens) },
            isStored: plan.isStored, account: account)
    }
}
