/// What a turn is to bring about.
public enum TurnPurpose: Sendable, Hashable {
    /// A response, or with `generate: false` a warm engine.
    case response
    /// A compaction: the user's messages and a sealed summary of the rest (responses-api 10).
    case compaction
    /// How many tokens a response's input would have; nothing is generated or kept (responses-api 1).
    case count
}
