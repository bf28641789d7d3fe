import Synchronization

/// What the exchanges with one engine share: limits, and what was seen of it.
final class ExchangeTerms: Sendable {
    let limits: OpenAICompatibleLimits
    /// Whether a stream of this engine was seen to come from a server that closes after each, whatever its head says.
    let closesAfterStream = Atomic(false)

    init(_ limits: OpenAICompatibleLimits) { self.limits = limits }
}
