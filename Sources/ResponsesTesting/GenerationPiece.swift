import ResponsesAPI
import ResponsesCore
import ResponsesEngine

/// A piece of a batch, spelled shortly.
public enum GenerationPiece: Sendable {
    case text(String)
    case refusal(String)
    case reasoning(String)
    case call(Int, String, id: String? = nil, kind: Item.ToolCall.Kind = .function)
    case input(Int, String)
    case logprobs(RawJSON)
    case summary(String)
    case partEnd
    case annotation(RawJSON)
    case itemBegan(Int, RawJSON)
    case itemProgress(Int, EventName, RawJSON)
    case itemEnded(Int, RawJSON)
    case usage(Usage)
}
