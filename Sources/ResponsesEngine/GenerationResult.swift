public import ResponsesAPI

/// How a generation ended well.
public struct GenerationResult: Sendable, Hashable {
    /// Why the model stopped.
    public var finish: FinishReason
    /// The final counts.
    public var usage: Usage
    /// Which of the request's stop strings ended it, where the engine says; nil when it says nothing, or none did.
    public var stopString: String?
    /// What this engine wants to be given with the chain's next turn; nil when it needs nothing.
    public var trace: (any EngineTrace)?

    public init(finish: FinishReason, usage: Usage, trace: (any EngineTrace)? = nil, stopString: String? = nil) {
        self.stopString = stopString
        self.finish = finish
        self.usage = usage
        self.trace = trace
    }

    public static func == (first: GenerationResult, second: GenerationResult) -> Bool {
        first.finish == second.finish && first.usage == second.usage && first.stopString == second.stopString
            && first.trace.map { AnyHashable($0) } == second.trace.map { AnyHashable($0) }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(finish)
        hasher.combine(usage)
        hasher.combine(trace.map { AnyHashable($0) })
    }
}
