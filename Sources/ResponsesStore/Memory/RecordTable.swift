import ResponsesAPI

/// The records of a `MemoryStore`: a tree of chains, what it takes, and which record goes next.
///
/// A record with stored children never goes, so a live chain is always whole. Of the others the one that was not used for
/// the longest time goes first; then its parent may be the next.
///
/// Everything is found by place, and nothing holds anything else: a chain of any length is freed without recursion.
struct RecordTable {
    /// An object, so that it is looked into where it is. It never leaves the table.
    final class Entry {
        var record: ResponseRecord
        /// The place of the record's parent; nil at the beginning of a chain, and where the parent was not there.
        var parent: Int?
        /// How many stored records continue this one.
        var children = 0
        /// It was deleted, and is here for its children only.
        var isDeleted = false
        var tools: SharedTools?
        var givenIDs: [String] = []
        /// What this record takes, without the tools.
        var bytes: Int
        /// What its chain takes to here, without the tools. Too high or too low after an ancestor was replaced.
        var chainBytes: Int

        init(record: ResponseRecord, bytes: Int, chainBytes: Int) {
            self.record = record
            self.bytes = bytes
            self.chainBytes = chainBytes
        }
    }

    private var places: [ResponseID: Int] = [:]
    private(set) var entries = Slots<Entry>()
    private var items = ItemIndex()
    private var tools = ToolTable()
    /// Records by last use. Those with children leave it when they come to its oldest end: then they are older than all
    /// that is in it, and return to this end when their last child is gone.
    private(set) var uses = UseList()
    private var recordBytes = 0

    /// What everything takes.
    var bytes: Int { recordBytes + tools.bytes }
    /// Deleted records that their children need are among them.
    var count: Int { entries.count }
    var usesCount: Int { uses.count }
    var toolsCount: Int { tools.count }
    var indexedIDs: Int { items.count }
    /// The place of every id.
    var allPlaces: [Int] { Array(places.values) }

    // MARK: Reading

    /// The place of an owner's record that was not deleted.
    func place(of id: ResponseID, _ owner: Owner) -> Int? {
        guard let place = places[id], entries[place].record.owner == owner, !entries[place].isDeleted else { return nil }
        return place
    }

    /// The record at a place, which is used with this.
    mutating func use(_ place: Int) -> ResponseRecord {
        if !entries[place].isDeleted { uses.renew(place) }
        return entries[place].record
    }

    /// The place of a record's parent, provided that the record is still where it was.
    func parent(of id: ResponseID, at place: Int) -> Int? {
        guard entries.holds(place), entries[place].record.id == id else { return nil }
        return entries[place].parent
    }

    /// Where an item with an id that a client gave is.
    func given(_ id: String, of owner: Owner) -> ItemIndex.Location? { items.newest(id, of: owner) }

    /// The place of a record's parent, and tools that the record probably has: its parent's, and the last that came.
    func surroundings(parent: ResponseID?) -> (parent: Int?, tools: SharedTools?, latest: SharedTools?) {
        let place = parent.flatMap { places[$0] }
        return (place, place.flatMap { entries[$0].tools }, tools.latest)
    }

    // MARK: Writing

    /// Keeps a record; others go until `bytesMax` is kept to.
    ///
    /// - Parameter removed: gets what went, to be freed by the caller.
    mutating func save(
        _ incoming: IncomingRecord, bytesMax: Int, removed: inout [ResponseRecord]
    ) throws(StoreError) {
        let parent = parent(of: incoming)
        let chainBytes = (parent.map { entries[$0].chainBytes } ?? 0) + incoming.bytes
        if chainBytes > bytesMax, incoming.bytes + exactBytes(ofChainTo: parent) > bytesMax {
            throw .full
        }
        // One search for both: the place that the id has, or the one that it gets.
        let next = entries.next
        let place = Self.read(&places[incoming.record.id, default: next])
        if place == next {
            add(incoming, parent: parent, chainBytes: chainBytes)
        } else {
            let old = entries[place].record
            guard old.owner == incoming.record.owner, old.parent == incoming.record.parent else { throw .taken }
            replace(place, by: incoming, parent: parent, chainBytes: chainBytes)
            // Freed by the caller, too.
            removed.append(old)
        }
        uses.renew(place)
        shrink(to: bytesMax, sparing: place, removed: &removed)
        if bytes > bytesMax {
            // Only its own chain is left.
            removed.append(contentsOf: removeRecords(from: place))
            shrink(to: bytesMax, sparing: nil, removed: &removed)
            throw .full
        }
    }

    /// A value of a dictionary that is put there by this when there is none.
    private static func read(_ value: inout Int) -> Int { value }

    /// The place of the parent; nil without one, and for another owner's.
    private func parent(of incoming: IncomingRecord) -> Int? {
        guard let id = incoming.record.parent else { return nil }
        var place = incoming.parent
        // Much may have happened since it was looked up.
        if let known = place, !entries.holds(known) || entries[known].record.id != id { place = nil }
        guard let place = place ?? places[id], entries[place].record.owner == incoming.record.owner else { return nil }
        return place
    }

    /// Puts a record at the next place.
    private mutating func add(_ incoming: IncomingRecord, parent: Int?, chainBytes: Int) {
        let place = entries.add(Entry(record: incoming.record, bytes: incoming.bytes, chainBytes: chainBytes))
        link(place, to: parent)
        fill(place, from: incoming)
    }

    /// Puts a record at the place of an older one with its id.
    private mutating func replace(_ place: Int, by incoming: IncomingRecord, parent: Int?, chainBytes: Int) {
        empty(place)
        entries[place].record = incoming.record
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

    /// Counts an entry in: bytes, tools, and ids.
    private mutating func fill(_ place: Int, from incoming: IncomingRecord) {
        recordBytes += incoming.bytes
        if let shared = incoming.tools {
            let kept = tools.retain(shared)
            entries[place].tools = kept
            entries[place].record.tools = kept.json
        }
        guard !incoming.given.isEmpty else { return }
        for (id, itemPlace) in incoming.given {
            items.add(id, of: incoming.record.owner, at: ItemIndex.Location(record: place, place: itemPlace))
        }
        entries[place].givenIDs = incoming.given.map(\.id)
    }

    /// Counts an entry out again.
    private mutating func empty(_ place: Int) {
        recordBytes -= entries[place].bytes
        if let shared = entries[place].tools.take() { tools.release(shared) }
        forgetIDs(place)
    }

    private mutating func forgetIDs(_ place: Int) {
        for id in entries[place].givenIDs { items.remove(id, of: entries[place].record.owner, in: place) }
        entries[place].givenIDs = []
    }

    /// Deletes an owner's record.
    ///
    /// - Parameter removed: gets what went.
    /// - Returns: whether there was one.
    mutating func delete(_ id: ResponseID, of owner: Owner, removed: inout [ResponseRecord]) -> Bool {
        guard let place = place(of: id, owner) else { return false }
        if entries[place].children == 0 {
            removed.append(contentsOf: removeRecords(from: place))
        } else {
            entries[place].isDeleted = true
            uses.remove(place)
            forgetIDs(place)
        }
        return true
    }

    // MARK: Room

    /// Lets records go until `bytesMax` is kept to, or no more may go.
    mutating func shrink(to bytesMax: Int, sparing spared: Int? = nil, removed: inout [ResponseRecord]) {
        while bytes > bytesMax, let oldest = uses.oldest {
            if entries[oldest].children > 0 {
                uses.remove(oldest)
            } else if oldest == spared {
                return
            } else {
                removed.append(contentsOf: removeRecords(from: oldest))
            }
        }
    }

    /// Removes a record without children, and deleted ancestors that were here for it only.
    private mutating func removeRecords(from place: Int) -> [ResponseRecord] {
        var removed: [ResponseRecord] = []
        var next: Int? = place
        while let place = next {
            next = nil
            uses.remove(place)
            empty(place)
            let entry = entries.remove(at: place)
            places[entry.record.id] = nil
            removed.append(entry.record)
            guard let parent = entry.parent else { continue }
            entries[parent].children -= 1
            guard entries[parent].children == 0 else { continue }
            if entries[parent].isDeleted {
                next = parent
            } else if !uses.contains(parent) {
                uses.addOldest(parent)
            }
        }
        return removed
    }

    /// What a chain takes without its tools. Walks it; asked only when `chainBytes` says that it is too large.
    private func exactBytes(ofChainTo place: Int?) -> Int {
        var bytes = 0
        var next = place
        while let place = next {
            bytes += entries[place].bytes
            next = entries[place].parent
        }
        return bytes
    }
}
