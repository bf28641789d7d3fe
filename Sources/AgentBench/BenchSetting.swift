/// What can be set wrongly in a measurement. The names are those of `BenchPlan`, its `Network` and `BenchTarget`.
public enum BenchSetting: String, Sendable, Hashable, CaseIterable {
    case toolCalls, contextBytes, toolsBytes, outputTokens, toolOutputBytes, toolTime
    case roundTrip, bandwidth
    case concurrency, repetitions, ways
    case url
}
