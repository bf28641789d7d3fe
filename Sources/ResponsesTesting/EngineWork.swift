import ResponsesAPI
import ResponsesCore
import ResponsesEngine

/// One generation or prefill that the connection asked for.
public struct EngineWork {
    public let turn: TurnID
    public let request: GenerationRequest
    public let placement: Placement
    public var isPrefill = false

    /// What `ListDialect` made of the conversation.
    public var prompt: String { (request.prompt as? ListPrompt)?.text ?? "" }
}
