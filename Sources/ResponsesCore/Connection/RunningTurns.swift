/// The turns of a connection that have begun, in the order in which they did. At most `Limits.turnsInFlightMax`, and most
/// often one, so a search is short.
///
/// An array, as a turn is a large value: in a dictionary it is moved out and back whenever it is changed, here it is changed
/// where it lies.
struct RunningTurns: Sendable {
    private var turns: [Turn] = []

    var count: Int { turns.count }
    var isEmpty: Bool { turns.isEmpty }
    /// In the order in which clients sent them.
    var ids: [TurnID] { turns.map(\.id).sorted() }

    /// Where a turn is, until the next one is removed; nil when it does not run.
    func index(of id: TurnID) -> Int? { turns.firstIndex { $0.id == id } }

    func firstIndex(where isWanted: (Turn) -> Bool) -> Int? { turns.firstIndex(where: isWanted) }

    subscript(index: Int) -> Turn {
        _read { yield turns[index] }
        _modify { yield &turns[index] }
    }

    /// Looks at each where it lies: what is read of an array is copied first, and a turn is wide.
    mutating func forEach(_ look: (inout Turn) -> Void) {
        for index in turns.indices { look(&turns[index]) }
    }

    /// - Returns: where it is.
    mutating func append(_ turn: Turn) -> Int {
        turns.append(turn)
        return turns.count - 1
    }

    mutating func remove(at index: Int) { turns.remove(at: index) }

    mutating func removeAll() { turns = [] }
}
