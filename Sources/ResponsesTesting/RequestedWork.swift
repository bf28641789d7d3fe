import ResponsesAPI
import ResponsesCore
import ResponsesEngine

/// One generation, prefill or count that the connection asked for.
public struct RequestedWork {
    public let turn: TurnID
    public let work: any EngineWork
    public let placement: Placement
    public var isPrefill = false
    public var isCount = false

    /// What the engine is given; nil when its prompts are not those of `ListDialect`.
    public var request: GenerationRequest<ListPrompt>? { (work as? PreparedWork<ListPrompt>)?.request }

    /// What `ListDialect` made of the conversation.
    public var prompt: String { request?.prompt.text ?? "" }
}
