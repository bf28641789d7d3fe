import Synchronization

/// How often each turn has failed that is to fail a number of times: clients ask again, and the last time they get their answer.
final class FailureCount: Sendable {
    /// Turns that are between a failure and its repetition. More than any test has; past it all are forgotten, and fail anew.
    private static let turnsMax = 4096

    private let counts = Mutex<[UInt64: Int]>([:])

    /// The failure that this turn is to end with now; nil when its script has none, or has had it as often as it says. Then it is
    /// forgotten: the same turn fails as often again when it is asked for later.
    func failure(of fold: ConversationFold) -> Script.Failure? {
        guard let failure = fold.script?.failure else { return nil }
        guard let times = failure.times else { return failure }
        return counts.withLock { counts in
            let count = counts[fold.hash.value, default: 0]
            guard count < times else {
                counts[fold.hash.value] = nil
                return nil
            }
            if counts.count >= Self.turnsMax { counts.removeAll() }
            counts[fold.hash.value] = count + 1
            return failure
        }
    }
}
