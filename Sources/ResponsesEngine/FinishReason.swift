/// Why a generation ended.
public enum FinishReason: Sendable, Hashable {
    /// By itself, with or without calls.
    case stop
    /// At `max_output_tokens` or at the end of the engine's context.
    case length
    case contentFilter
}
