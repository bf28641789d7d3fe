import ResponsesAPI

/// The records of a `MemoryStore`: a tree of chains, what it takes, and which record goes next.
///
/// A record with stored children never goes, so a live chain is always whole. Of the others goes the one that was not used
/// for the longest time, of the owner that holds the most; then its parent may be the next.
///
/// Everything is found by place, and nothing holds anything else: a chain of any length is freed without recursion.
struct RecordTable {
    /// An object, so that it is looked into where it is. It never leaves the table.
    final class Entry {
        var kept: KeptRecord
        /// The place of the record's parent; nil at the beginning of a chain, and where the parent was not there.
        var parent: Int?
        /// The owner's row in `shares`.
        var row: Int
        /// How many stored records continue this one, and how many turns do that are not stored yet.
        var children = 0
        /// It was deleted, and is here for its children only.
        var isDeleted = false
        /// The table's count of replacements when `chainBytes` was worked out exactly; -1 when it was not.
        var exactAt: Int32 = -1
        /// Of `children`, how many are turns that are not stored yet.
        var holds: Int32 = 0
        var tools: SharedText?
        var givenIDs: [String] = []
        /// What this record takes, without what it shares.
        var bytes: Int
        /// What its chain takes to here, with what it shares. Too high or too low after an ancestor was replaced, and too
        /// high where the same tools come again after others.
        var chainBytes: Int

        init(_ kept: KeptRecord, row: Int, bytes: Int, chainBytes: Int) {
            self.kept = kept
            self.row = row
            self.bytes = bytes
            self.chainBytes = chainBytes
        }

        var id: ResponseID { kept.record.id }
    }

    /// What is left to do after a call: room is made in several, so that nobody waits for the table for long.
    enum Progress {
        case more
        case done
        /// There is not enough room, and nothing more may go.
        case full
    }

    let bytesMax: Int
    /// What one owner may hold while others hold something.
    let ownerBytesMax: Int

    private var places: [ResponseID: Int] = [:]
    private(set) var entries = Slots<Entry>()
    private var items = ItemIndex()
    private var tools = SharedTexts()
    private var frames = SharedTexts()
    /// What owners hold, and their records by last use. Records with children leave that list when they come to its oldest
    /// end: then they are older than all that is in it, and return to this end when their last child is gone.
    private(set) var shares = OwnerShares()

    /// With an owner above its share, so much more goes with each save, beside twice what came in: nobody is made to wait
    /// until a store that was one owner's has given back half.
    private static var overdueBytes: Int { 64 << 10 }

    /// How often a record came in place of another, which changes what chains take.
    private var replaced: Int32 = 0
    /// How often a chain was walked to work out what it takes. For tests.
    private(set) var walks = 0

    init(bytesMax: Int, ownerShare: Double = 1) {
        self.bytesMax = bytesMax
        ownerBytesMax = Int(Double(bytesMax) * min(max(ownerShare, 0), 1))
    }

    /// What everything takes, conversations and events of the store among it.
    var bytes: Int { shares.bytes }
    /// Deleted records that their children need are among them.
    var count: Int { entries.count }
    var toolsCount: Int { tools.count }
    var framesCount: Int { frames.count }
    var indexedIDs: Int { items.count }
    /// The place of every id.
    var allPlaces: [Int] { Array(places.values) }

    func bytes(of owner: Owner) -> Int { shares.find(owner).map { shares.bytes(of: $0) } ?? 0 }

    /// What an owner holds elsewhere in the store grew or shrank. It cannot go for others.
    mutating func addFixed(_ bytes: Int, of owner: Owner) {
        let row = shares.row(of: owner)
        shares.addFixed(bytes, to: row)
        shares.dropIfEmpty(row)
    }

    // MARK: Reading

    /// The place of an owner's record that was not deleted.
    func place(of id: ResponseID, _ owner: Owner) -> Int? {
        guard let place = places[id], entries[place].kept.record.owner == owner, !entries[place].isDeleted else { return nil }
        return place
    }

    /// The record at a place, which is used with this.
    mutating func use(_ place: Int) -> KeptRecord {
        renew(place)
        return entries[place].kept
    }

    /// The record at a place is used just now.
    mutating func renew(_ place: Int) {
        if !entries[place].isDeleted { shares.renew(place, of: entries[place].row) }
    }

    /// The place of a record's parent, provided that the record is still where it was.
    func parent(of id: ResponseID, at place: Int) -> Int? {
        guard entries.holds(place), entries[place].id == id else { return nil }
        return entries[place].parent
    }

    /// Where an item with an id that a client gave is.
    func given(_ id: String, of owner: Owner) -> ItemIndex.Location? {
        shares.find(owner).flatMap { items.newest(id, of: $0) }
    }

    /// What a record that comes probably shares with others of its owner.
    func surroundings(parent: ResponseID?, of owner: Owner) -> IncomingRecord.Surroundings {
        guard let row = shares.find(owner) else {
            return IncomingRecord.Surroundings(parent: nil, tools: (nil, nil), frame: (nil, nil))
        }
        var place = parent.flatMap { places[$0] }
        if let known = place, entries[known].row != row { place = nil }
        let entry = place.map { entries[$0] }
        return IncomingRecord.Surroundings(
            parent: place, tools: (entry?.tools, tools.latest(of: row)), frame: (entry?.kept.frame, frames.latest(of: row)))
    }

    // MARK: Writing

    /// Keeps a record; `makeRoom` must follow.
    ///
    /// - Parameter removed: gets what went, to be freed by the caller.
    /// - Returns: the record's place.
    mutating func save(_ incoming: IncomingRecord, removed: inout [KeptRecord]) throws(StoreError) -> Int {
        let row = shares.row(of: incoming.kept.record.owner)
        defer { shares.dropIfEmpty(row) }
        let parent = parent(of: incoming, row)
        let sharedBytes = sharedBytes(of: incoming, unlessOf: parent)
        try requireRoom(for: incoming.bytes + sharedBytes, after: parent, row)
        let chainBytes = (parent.map { entries[$0].chainBytes } ?? 0) + incoming.bytes + sharedBytes
        // One search for both: the place that the id has, or the one that it gets.
        let next = entries.next
        let place = Self.read(&places[incoming.kept.record.id, default: next])
        if place == next {
            add(incoming, row, parent: parent, chainBytes: chainBytes)
        } else {
            let old = entries[place].kept
            guard entries[place].row == row, old.record.parent == incoming.kept.record.parent else { throw .taken }
            // Freed by the caller, too.
            removed.append(old)
            replace(place, by: incoming, parent: parent, chainBytes: chainBytes)
        }
        shares.renew(place, of: row)
        return place
    }

    /// A value of a dictionary that is put there by this when there is none.
    private static func read(_ value: inout Int) -> Int { value }

    /// The place of the parent; nil without one, and for another owner's.
    private func parent(of incoming: IncomingRecord, _ row: Int) -> Int? {
        guard let id = incoming.kept.record.parent else { return nil }
        var place = incoming.parent
        // Much may have happened since it was looked up.
        if let known = place, !entries.holds(known) || entries[known].id != id { place = nil }
        guard let place = place ?? places[id], entries[place].row == row else { return nil }
        return place
    }

    /// What a record brings of tools and settings that its parent does not have.
    private func sharedBytes(of incoming: IncomingRecord, unlessOf parent: Int?) -> Int {
        let parent = parent.map { entries[$0] }
        var bytes = 0
        if let tools = incoming.tools, tools != parent?.tools { bytes += SharedTexts.bytes(of: tools) }
        if let frame = incoming.kept.frame, frame != parent?.kept.frame { bytes += SharedTexts.bytes(of: frame) }
        return bytes
    }

    /// A chain has room in its owner's share, and in what others leave; of both the larger counts.
    private mutating func requireRoom(for bytes: Int, after parent: Int?, _ row: Int) throws(StoreError) {
        let fixed = shares.fixedBytes(of: row)
        let others = shares.bytes - shares.bytes(of: row)
        let room = min(max(ownerBytesMax, bytesMax - others), bytesMax - (shares.fixedBytes - fixed)) - fixed
        guard let parent else {
            guard bytes <= room else { throw .full }
            return
        }
        if entries[parent].chainBytes + bytes <= room { return }
        // Walked once: what follows counts on from here, and a chain that is full is not walked again with each try.
        if entries[parent].exactAt != replaced {
            entries[parent].chainBytes = exactBytes(ofChainTo: parent)
            entries[parent].exactAt = replaced
            walks += 1
        }
        guard entries[parent].chainBytes + bytes <= room else { throw .full }
    }

    /// Puts a record at the next place.
    private mutating func add(_ incoming: IncomingRecord, _ row: Int, parent: Int?, chainBytes: Int) {
        let place = entries.add(Entry(incoming.kept, row: row, bytes: incoming.bytes, chainBytes: chainBytes))
        link(place, to: parent)
        fill(place, from: incoming)
    }

    /// Puts a record at the place of an older one with its id.
    private mutating func replace(_ place: Int, by incoming: IncomingRecord, parent: Int?, chainBytes: Int) {
        empty(place)
        replaced = replaced == .max ? 0 : replaced + 1
        entries[place].exactAt = -1
        entries[place].kept = incoming.kept
        entries[place].isDeleted = false
        entries[place].bytes = incoming.bytes
        entries[place].chainBytes = chainBytes
        // Its parent may have come meanwhile.
        if entries[place].parent == nil, !isAncestor(place, of: parent) { link(place, to: parent) }
        fill(place, from: incoming)
    }

    private mutating func link(_ place: Int, to parent: Int?) {
        guard let parent else { return }
        entries[place].parent = parent
        entries[parent].children += 1
    }

    /// Whether a chain would run in a circle: two records that name each other as parent.
    private func isAncestor(_ place: Int, of other: Int?) -> Bool {
        var next = other
        while let at = next {
            if at == place { return true }
            next = entries[at].parent
        }
        return false
    }

    /// Counts an entry in: bytes, what it shares, and ids.
    private mutating func fill(_ place: Int, from incoming: IncomingRecord) {
        let entry = entries[place]
        var bytes = incoming.bytes
        // One text for all records that have it.
        entry.kept.record.owner = shares.owner(of: entry.row)
        if let parent = entry.parent { entry.kept.record.parent = entries[parent].id }
        if let text = incoming.tools {
            let (kept, added) = tools.retain(text, of: entry.row)
            entry.tools = kept
            entry.kept.record.tools = RawJSON(validated: kept.bytes)
            bytes += added
        }
        if let text = incoming.kept.frame {
            let (kept, added) = frames.retain(text, of: entry.row)
            entry.kept.frame = kept
            bytes += added
        }
        shares.add(bytes, to: entry.row)
        guard !incoming.given.isEmpty else { return }
        for (id, itemPlace) in incoming.given {
            items.add(id, of: entry.row, at: ItemIndex.Location(record: place, place: itemPlace))
        }
        entry.givenIDs = incoming.given.map(\.id)
    }

    /// Counts an entry out again.
    private mutating func empty(_ place: Int) {
        let entry = entries[place]
        var bytes = entry.bytes
        if let text = entry.tools.take() { bytes += tools.release(text, of: entry.row) }
        if let text = entry.kept.frame { bytes += frames.release(text, of: entry.row) }
        shares.add(-bytes, to: entry.row)
        forgetIDs(place)
    }

    private mutating func forgetIDs(_ place: Int) {
        for id in entries[place].givenIDs { items.remove(id, of: entries[place].row, in: place) }
        entries[place].givenIDs = []
    }

    /// Deletes an owner's record.
    ///
    /// - Parameter removed: gets what went.
    /// - Returns: whether there was one.
    mutating func delete(_ id: ResponseID, of owner: Owner, removed: inout [KeptRecord]) -> Bool {
        guard let place = place(of: id, owner) else { return false }
        if entries[place].children == 0 {
            remove(place, &removed)
        } else {
            entries[place].isDeleted = true
            shares.remove(place, of: entries[place].row)
            forgetIDs(place)
        }
        return true
    }

    /// A turn continues the record at a place.
    mutating func hold(_ place: Int) {
        entries[place].children += 1
        entries[place].holds += 1
    }

    /// A turn continues an owner's record no more.
    ///
    /// - Parameter removed: gets what was here for the turn only.
    mutating func release(_ id: ResponseID, _ owner: Owner, removed: inout [KeptRecord]) {
        guard let place = places[id], entries[place].kept.record.owner == owner, entries[place].holds > 0 else { return }
        entries[place].holds -= 1
        entries[place].children -= 1
        guard entries[place].children == 0 else { return }
        if entries[place].isDeleted {
            remove(place, &removed)
        } else if !shares.isListed(place) {
            shares.addOldest(place, of: entries[place].row)
        }
    }

    // MARK: Room

    /// Lets records go until the budget is kept to, and for a while those of an owner that holds more than its share.
    ///
    /// - Parameters:
    ///   - spared: the place of a record that must not go.
    ///   - owed: what still goes of an owner above its share: `owed(for:)` at the beginning.
    ///   - max: so many go with one call.
    mutating func makeRoom(
        sparing spared: Int?, owed: inout Int, atMost max: Int, removed: inout [KeptRecord]
    ) -> Progress {
        var left = max
        while bytes > bytesMax {
            guard left > 0 else { return .more }
            guard removeNext(sparing: spared, &removed) else { return .full }
            left -= 1
        }
        while owed > 0, shares.count > 1, let row = shares.largest, shares.bytes(of: row) > ownerBytesMax {
            guard left > 0 else { return .more }
            let before = bytes
            guard removeOldest(of: row, sparing: spared, &removed) else { break }
            owed -= before - bytes
            left -= 1
        }
        return .done
    }

    static func owed(for bytes: Int) -> Int { 2 * bytes + overdueBytes }

    /// Lets about so many bytes go, of those who hold the most.
    ///
    /// - Parameter max: so many records go with one call.
    mutating func giveWay(_ bytes: Int, atMost max: Int, removed: inout [KeptRecord]) {
        let goal = self.bytes - bytes
        var left = max
        while self.bytes > goal, left > 0, removeNext(sparing: nil, &removed) { left -= 1 }
    }

    /// Removes the record at a place and what is here for it only, if it is this response's.
    mutating func remove(_ id: ResponseID, at place: Int, removed: inout [KeptRecord]) {
        if isHere(id, at: place), entries[place].children == 0 { remove(place, &removed) }
    }

    func isHere(_ id: ResponseID, at place: Int) -> Bool { entries.holds(place) && entries[place].id == id }

    /// The next to go: of the owner that holds the most. Where that one's only leaf is spared, of the next.
    private mutating func removeNext(sparing spared: Int?, _ removed: inout [KeptRecord]) -> Bool {
        while let row = shares.largest {
            if removeOldest(of: row, sparing: spared, &removed) { return true }
            // Nothing of it may go, or only the spared one.
            guard shares.largest == row else { continue }
            guard let second = shares.second else { return false }
            if removeOldest(of: second, sparing: spared, &removed) { return true }
        }
        return false
    }

    /// Removes the least recently used leaf of an owner.
    private mutating func removeOldest(of row: Int, sparing spared: Int?, _ removed: inout [KeptRecord]) -> Bool {
        while let oldest = shares.oldest(of: row) {
            if entries[oldest].children > 0 {
                shares.remove(oldest, of: row)
            } else if oldest == spared {
                return false
            } else {
                remove(oldest, &removed)
                return true
            }
        }
        return false
    }

    /// Removes a record without children, and deleted ancestors that were here for it only.
    private mutating func remove(_ place: Int, _ removed: inout [KeptRecord]) {
        let row = entries[place].row
        var next: Int? = place
        while let place = next {
            next = nil
            shares.remove(place, of: row)
            empty(place)
            let entry = entries.remove(at: place)
            places[entry.id] = nil
            removed.append(entry.kept)
            guard let parent = entry.parent else { continue }
            entries[parent].children -= 1
            guard entries[parent].children == 0 else { continue }
            if entries[parent].isDeleted {
                next = parent
            } else if !shares.isListed(parent) {
                shares.addOldest(parent, of: row)
            }
        }
        shares.dropIfEmpty(row)
    }

    /// What a chain takes. Walks it; asked only when `chainBytes` says that it is too large.
    private func exactBytes(ofChainTo place: Int?) -> Int {
        var bytes = 0
        var shared: Set<SharedText> = []
        var next = place
        while let place = next {
            let entry = entries[place]
            bytes += entry.bytes
            for case let text? in [entry.tools, entry.kept.frame] where shared.insert(text).inserted {
                bytes += SharedTexts.bytes(of: text)
            }
            next = entry.parent
        }
        return bytes
    }
}
