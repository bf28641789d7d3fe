import ResponsesAPI

/// Where items are whose ids do not lead to their records: those that clients gave.
struct ItemIndex {
    struct Key: Hashable {
        /// The owner's row.
        var row: Int32
        var id: String
    }

    struct Location: Hashable {
        /// The record's place in the table.
        let record: Int32
        /// A place in the record's input, or one in its output, counted down from -1.
        private let index: Int32

        init(record: Int, place: ItemIDs.Place) {
            self.record = Int32(record)
            index =
                switch place {
                case .input(let index): Int32(index)
                case .output(let index): -1 - Int32(index)
                }
        }

        var place: ItemIDs.Place { index >= 0 ? .input(Int(index)) : .output(Int(-1 - index)) }
    }

    /// Most ids are sent once, so the newest stands by itself.
    private struct Copies {
        var newest: Location
        /// The newest last.
        var older: [Location] = []
    }

    private var copies: [Key: Copies] = [:]

    /// A client that sends its whole history with every turn sends the same items again and again. Of so many copies the
    /// newest are known; they are equal, so one is enough as long as it is stored.
    static var copiesMax: Int { 8 }

    /// What an entry takes: the id, its place in the table, which is half full on the average, and the record's own list.
    static func bytes(of id: String) -> Int { HeapSize.string(id) + 96 }

    var count: Int { copies.count }

    mutating func add(_ id: String, of row: Int, at location: Location) {
        let key = Key(row: Int32(row), id: id)
        guard let known = copies.index(forKey: key) else {
            copies[key] = Copies(newest: location)
            return
        }
        let before = copies.values[known].newest
        copies.values[known].older.append(before)
        copies.values[known].newest = location
        let surplus = copies.values[known].older.count - (Self.copiesMax - 1)
        if surplus > 0 { copies.values[known].older.removeFirst(surplus) }
    }

    /// Forgets where a record has this id.
    mutating func remove(_ id: String, of row: Int, in record: Int) {
        guard let known = copies.index(forKey: Key(row: Int32(row), id: id)) else { return }
        let record = Int32(record)
        copies.values[known].older.removeAll { $0.record == record }
        guard copies.values[known].newest.record == record else { return }
        if let newest = copies.values[known].older.popLast() {
            copies.values[known].newest = newest
        } else {
            copies.remove(at: known)
        }
    }

    func newest(_ id: String, of row: Int) -> Location? { copies[Key(row: Int32(row), id: id)]?.newest }
}
