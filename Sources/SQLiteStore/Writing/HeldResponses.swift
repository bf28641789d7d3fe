import ResponsesAPI
import Synchronization

/// The responses that turns continue now, and those that are on their way out of the file: a response is never both.
///
/// Turns hold and release from anywhere; only the writer takes responses out.
final class HeldResponses: Sendable {
    private struct State {
        /// By how many turns.
        var held: [ResponseID: Int] = [:]
        /// Of the open transaction, with their owners.
        var going: [ResponseID: Owner] = [:]
        var whenGone: (@Sendable (ResponseID, Owner) -> Void)?
        /// When uses were written down, of the newest thousands.
        var used: [ResponseID: Int] = [:]
        var usedBefore: [ResponseID: Int] = [:]
    }

    /// A use beyond these is written down once more, which does no harm: two megabytes.
    private static var usesMax: Int { 16_384 }

    private let state = Mutex(State())

    func whenGone(_ call: @escaping @Sendable (ResponseID, Owner) -> Void) { state.withLock { $0.whenGone = call } }

    /// - Parameters:
    ///   - now: Unix time in whole seconds.
    ///   - interval: for so long a use that was written down counts.
    /// - Returns: nil for one that is on its way out; otherwise whether its use is to be written down.
    func hold(_ id: ResponseID, at now: Int, noting interval: Int?) -> Bool? {
        state.withLock { state in
            guard state.going[id] == nil else { return nil }
            state.held[id, default: 0] += 1
            guard let interval else { return false }
            if let used = state.used[id] ?? state.usedBefore[id], used + interval > now { return false }
            Self.note(id, now, &state)
            return true
        }
    }

    /// A use was written down.
    func wasUsed(_ id: ResponseID, at now: Int) { state.withLock { Self.note(id, now, &$0) } }

    private static func note(_ id: ResponseID, _ now: Int, _ state: inout State) {
        if state.used.count >= usesMax {
            state.usedBefore = state.used
            state.used = [:]
        }
        state.used[id] = now
    }

    func release(_ id: ResponseID) {
        state.withLock { state in
            guard let count = state.held[id] else { return }
            state.held[id] = count == 1 ? nil : count - 1
        }
    }

    /// Takes a response out with the open transaction, unless a turn holds it.
    func take(_ id: ResponseID, of owner: @autoclosure () throws -> Owner) rethrows -> Bool {
        let owner = try owner()
        return state.withLock { state in
            guard state.held[id] == nil else { return false }
            state.going[id] = owner
            return true
        }
    }

    /// The transaction is committed: whoever has something of what went in memory forgets it before it can be held again.
    func committed() {
        let (going, whenGone) = state.withLock { ($0.going, $0.whenGone) }
        guard !going.isEmpty else { return }
        if let whenGone { for (id, owner) in going { whenGone(id, owner) } }
        state.withLock { $0.going = [:] }
    }

    /// The transaction is undone.
    func undone() { state.withLock { $0.going = [:] } }
}
