/// What an exchange on its loop says to the generation that waits for it.
enum ExchangeSignal: Sendable {
    /// The reader is slow: wait for it, then resume.
    case paused
    case finished(ExchangeResult)
}
