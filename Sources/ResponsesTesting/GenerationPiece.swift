import ResponsesAPI
import ResponsesCore
import ResponsesEngine

/// A piece of a batch, spelled shortly.
public enum GenerationPiece {
    case text(String)
    case refusal(String)
    case reasoning(String)
    case call(Int, String, id: String? = nil, kind: Item.ToolCall.Kind = .function)
    case input(Int, String)
    case logprobs(RawJSON)
    case usage(Usage)
}
