import ResponsesAPI

/// Where items are whose ids do not lead to their records: those that clients gave.
struct ItemIndex {
    struct Key: Hashable {
        var owner: Owner
        var id: String
    }

    struct Location: Hashable {
        /// The record's place in the table.
        var record: Int
        var place: ItemIDs.Place
    }

    /// The newest last; never empty.
    private var locations: [Key: [Location]] = [:]

    /// A client that sends its whole history with every turn sends the same items again and again. Of so many copies the
    /// newest are known; they are equal, so one is enough as long as it is stored.
    static var copiesMax: Int { 8 }
    /// What an entry takes beside the bytes of its id: the key, the array, and the record's own list.
    static var overheadBytes: Int { 160 }

    var count: Int { locations.count }

    mutating func add(_ id: String, of owner: Owner, at location: Location) {
        locations[Key(owner: owner, id: id), default: []].append(location)
        guard let copies = locations[Key(owner: owner, id: id)], copies.count > Self.copiesMax else { return }
        locations[Key(owner: owner, id: id)] = Array(copies.suffix(Self.copiesMax))
    }

    /// Forgets where a record has this id.
    mutating func remove(_ id: String, of owner: Owner, in record: Int) {
        let key = Key(owner: owner, id: id)
        guard var copies = locations[key] else { return }
        copies.removeAll { $0.record == record }
        locations[key] = copies.isEmpty ? nil : copies
    }

    func newest(_ id: String, of owner: Owner) -> Location? { locations[Key(owner: owner, id: id)]?.last }
}
