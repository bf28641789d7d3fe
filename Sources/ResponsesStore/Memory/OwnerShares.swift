package import ResponsesAPI

/// What each owner holds of a table, and of each what may go, in the order of its last use: who has to give way, and with
/// what. Places are the table's.
///
/// A call costs the logarithm of the number of owners at most.
package struct OwnerShares {
    private struct Row {
        let owner: Owner
        var bytes = 0
        /// What of it cannot go.
        var fixedBytes = 0
        /// What may go.
        var uses = UseLists.List()
        /// The row's place in `heap`; -1 when nothing of it may go.
        var rank = -1
    }

    private var rows = Slots<Row>()
    private var places: [Owner: Int] = [:]
    private var links = UseLists()
    /// The rows of which something may go: each is at least as large as the two at its double place.
    private var heap: [Int] = []
    private var sum = 0
    /// What of `bytes` cannot go.
    package private(set) var fixedBytes = 0

    /// A row, and its places in tables.
    private static var overheadBytes: Int { 160 }

    package init() {}

    /// What all hold.
    package var bytes: Int { sum + rows.count * Self.overheadBytes }
    /// Owners that hold something.
    package var count: Int { rows.count }
    /// Places that may go.
    package var usesCount: Int { links.count }

    // MARK: Rows

    /// The row of an owner, which stays until `dropIfEmpty` finds nothing in it.
    package mutating func row(of owner: Owner) -> Int {
        if let row = places[owner] { return row }
        let row = rows.add(Row(owner: owner))
        // The row's own text for both, so that there is one however many connections its owner has.
        places[rows[row].owner] = row
        return row
    }

    package func find(_ owner: Owner) -> Int? { places[owner] }
    package func owner(of row: Int) -> Owner { rows[row].owner }
    package func bytes(of row: Int) -> Int { rows[row].bytes }
    package func fixedBytes(of row: Int) -> Int { rows[row].fixedBytes }

    /// An owner holds so many bytes more, or fewer.
    package mutating func add(_ bytes: Int, to row: Int) {
        sum += bytes
        rows[row].bytes += bytes
        if rows[row].rank >= 0 { settle(row) }
    }

    /// The same of what cannot go.
    package mutating func addFixed(_ bytes: Int, to row: Int) {
        fixedBytes += bytes
        rows[row].fixedBytes += bytes
        add(bytes, to: row)
    }

    /// Forgets an owner that holds nothing any more.
    package mutating func dropIfEmpty(_ row: Int) {
        guard rows[row].bytes == 0, rows[row].uses.isEmpty else { return }
        places[rows.remove(at: row).owner] = nil
    }

    // MARK: What may go

    package func isListed(_ place: Int) -> Bool { links.contains(place) }
    package func oldest(of row: Int) -> Int? { rows[row].uses.oldest }

    /// A place of an owner's was used just now.
    package mutating func renew(_ place: Int, of row: Int) {
        links.renew(place, in: &rows[row].uses)
        if rows[row].rank < 0 { enter(row) }
    }

    /// A place that was not listed may go, before all others of its owner.
    package mutating func addOldest(_ place: Int, of row: Int) {
        links.addOldest(place, to: &rows[row].uses)
        if rows[row].rank < 0 { enter(row) }
    }

    /// A place is gone, or may not go.
    package mutating func remove(_ place: Int, of row: Int) {
        links.remove(place, from: &rows[row].uses)
        if rows[row].uses.isEmpty, rows[row].rank >= 0 { leave(row) }
    }

    /// The owner that holds the most of those of whom something may go.
    package var largest: Int? { heap.first }

    /// The one that holds the most after the largest.
    package var second: Int? {
        guard heap.count > 1 else { return nil }
        guard heap.count > 2, isLarger(heap[2], heap[1]) else { return heap[1] }
        return heap[2]
    }

    // MARK: The heap

    private func isLarger(_ row: Int, _ other: Int) -> Bool { rows[row].bytes > rows[other].bytes }

    private mutating func enter(_ row: Int) {
        rows[row].rank = heap.count
        heap.append(row)
        settle(row)
    }

    private mutating func leave(_ row: Int) {
        let rank = rows[row].rank
        rows[row].rank = -1
        let last = heap.removeLast()
        guard last != row else { return }
        put(last, at: rank)
        settle(last)
    }

    private mutating func put(_ row: Int, at rank: Int) {
        heap[rank] = row
        rows[row].rank = rank
    }

    /// Moves a row to where its size belongs.
    private mutating func settle(_ row: Int) {
        var rank = rows[row].rank
        while rank > 0, isLarger(row, heap[(rank - 1) / 2]) {
            put(heap[(rank - 1) / 2], at: rank)
            rank = (rank - 1) / 2
        }
        while true {
            var child = 2 * rank + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, isLarger(heap[child + 1], heap[child]) { child += 1 }
            guard isLarger(heap[child], row) else { break }
            put(heap[child], at: rank)
            rank = child
        }
        put(row, at: rank)
    }
}
