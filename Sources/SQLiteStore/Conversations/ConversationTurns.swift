import ResponsesAPI
import ResponsesStore
import Synchronization

/// Which turn runs in which conversation. Not in the file: with the process its turns are over.
final class ConversationTurns: Sendable {
    private struct Entry {
        var turn: ResponseID
        var owner: Owner
        /// Which call began it: one that is done again is the same.
        var number: Int
    }

    private let entries = Mutex<[ConversationID: Entry]>([:])
    private let numbers = Atomic<Int>(0)

    /// A number for a call of `begin`.
    func nextNumber() -> Int { numbers.add(1, ordering: .relaxed).newValue }

    /// - Returns: false when another runs.
    func begin(_ turn: ResponseID, in id: ConversationID, of owner: Owner, number: Int) -> Bool {
        entries.withLock { entries in
            if let entry = entries[id] { return entry.number == number }
            entries[id] = Entry(turn: turn, owner: owner, number: number)
            return true
        }
    }

    func isRunning(in id: ConversationID) -> Bool { entries.withLock { $0[id] != nil } }

    func isRunning(_ turn: ResponseID, in id: ConversationID, of owner: Owner) -> Bool {
        entries.withLock { entries in entries[id].map { $0.turn == turn && $0.owner == owner } ?? false }
    }

    /// Ends a turn, if it is the one that runs.
    func end(_ turn: ResponseID, in id: ConversationID, of owner: Owner) {
        entries.withLock { entries in
            if let entry = entries[id], entry.turn == turn, entry.owner == owner { entries[id] = nil }
        }
    }

    /// Ends what a call began that failed after all.
    func undo(_ number: Int, in id: ConversationID) {
        entries.withLock { entries in if entries[id]?.number == number { entries[id] = nil } }
    }

    /// The conversation is gone, and what ran in it is no turn of it any more.
    func forget(_ id: ConversationID) { entries.withLock { $0[id] = nil } }
}
