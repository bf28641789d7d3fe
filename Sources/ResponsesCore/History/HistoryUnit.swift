import ResponsesAPI

/// A part of a history that is known, or not, as a whole.
enum HistoryUnit: Sendable {
    /// A turn of the model's, with its calls' outputs.
    case turn(AssistantTurn)
    /// What somebody else said.
    case other(PlacedItem)
}
