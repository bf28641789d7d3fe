import ResponsesAPI
import ResponsesCore
import ResponsesEngine

/// What an engine answers, all at once.
public struct EngineAnswer: Sendable {
    public var batches: [GenerationBatch]
    /// Why the model stopped.
    public var finish: FinishReason
    /// What the engine wants back with the chain's next turn.
    public var trace: (any EngineTrace)?
    /// How its function ends: with this error, or well.
    public var error: EngineError?
    /// For a prefill.
    public var filled: PrefillResult
    /// For a count.
    public var counted: TokenCount

    public init(
        _ batches: [GenerationBatch], finish: FinishReason = .stop, trace: (any EngineTrace)? = nil,
        error: EngineError? = nil, filled: PrefillResult = .filled(tokens: 0, cached: 0), counted: TokenCount = .counted(0)
    ) {
        self.batches = batches
        self.finish = finish
        self.trace = trace
        self.error = error
        self.filled = filled
        self.counted = counted
    }

    /// A message, and a normal end.
    public static func say(_ text: String) -> EngineAnswer { EngineAnswer([[.text(text)]]) }

    /// One function call, and a normal end.
    public static func call(_ name: String, _ arguments: String = "{}", id: String) -> EngineAnswer {
        EngineAnswer([[.call(0, name, id: id), .input(0, arguments)]])
    }

    public static func fail(_ kind: EngineError.Kind = .failed) -> EngineAnswer {
        EngineAnswer([], error: EngineError(kind, "The engine failed."))
    }

    public static func warm(tokens: Int, cached: Int = 0) -> EngineAnswer {
        EngineAnswer([], filled: .filled(tokens: tokens, cached: cached))
    }
}
