public import ResponsesAPI
import Synchronization

/// Responses, conversations and events in memory, within a budget of bytes. What it keeps ends with its process.
///
/// Of responses, those go first that were not used for the longest time, of the owner that holds the most: when the budget
/// is full, and when an owner holds more than its share while others hold something. One that others continue never goes
/// before them: a chain loses its newest response first, and as long as a response is there its whole chain is there.
///
/// So an owner loses nothing for another's sake while it holds less than an equal part of what the largest share leaves:
/// with a share of one half and ten other owners, a twentieth of the budget.
///
/// Conversations and events may take a quarter of the budget each, and count in their owner's share; responses have the
/// rest.
public final class MemoryStore: ImmediateResponseStore {
    private let records: Mutex<RecordTable>
    let conversations: Mutex<ConversationTable>
    let logs: Mutex<EventTable>
    /// `RecordTable.bytes` as it was when the table was last unlocked.
    private let counted = Atomic<Int>(0)
    private let dispose: @Sendable (any Sendable) -> Void

    /// So many records go while the table is locked: others wait for less than a millisecond.
    private static var removedAtOnceMax: Int { 512 }
    /// So many go with one `giveWay`, which is called by those who have other things to do.
    private static var givenWayMax: Int { 4096 }

    /// - Parameters:
    ///   - bytesMax: what everything together may take; see `ResponseRecord.bytes`.
    ///   - ownerShare: which part of that one owner may hold while others hold something, from 0 to 1. Alone it may hold
    ///     everything, and gives way as others come.
    ///   - dispose: frees large records that go, where it does not hold up whoever saves; by itself at once.
    public init(bytesMax: Int, ownerShare: Double = 0.5, dispose: @escaping @Sendable (any Sendable) -> Void = { _ in }) {
        self.dispose = dispose
        records = Mutex(RecordTable(bytesMax: bytesMax, ownerShare: ownerShare))
        conversations = Mutex(ConversationTable(bytesMax: bytesMax / 4, ownerShare: ownerShare))
        logs = Mutex(EventTable(bytesMax: bytesMax / 4, ownerShare: ownerShare))
    }

    /// What everything takes now. Equal arrays of tools, and equal settings, of an owner count once. Takes no lock.
    public var bytes: Int { counted.load(ordering: .relaxed) }
    public var memoryBytes: Int { bytes }

    /// What is an owner's of that.
    public func bytes(of owner: Owner) -> Int { records.withLock { $0.bytes(of: owner) } }
    public func memoryBytes(of owner: Owner) -> Int { bytes(of: owner) }

    /// Stored responses. Deleted ones that others continue are among them.
    public var count: Int { records.withLock { $0.count } }

    /// The table's own figures, for tests.
    func withRecords<Result: Sendable>(_ body: (borrowing RecordTable) -> Result) -> Result { records.withLock { body($0) } }

    /// From so many bytes on freeing records takes long: they may be hundreds of thousands of pieces.
    private static var disposedBytesMin: Int { 256 << 10 }

    /// Changes the table; what went is freed here, outside of the lock, or elsewhere when it is large.
    private func change<Result: Sendable, Failure: Error>(
        _ body: (inout RecordTable, inout [KeptRecord]) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var removed: [KeptRecord] = []
        var removedBytes = 0
        defer {
            if removedBytes >= Self.disposedBytesMin { dispose(removed) }
            removed.removeAll()
        }
        return try records.withLock { (table) throws(Failure) in
            let before = table.bytes
            defer {
                counted.store(table.bytes, ordering: .relaxed)
                removedBytes = removed.isEmpty ? 0 : max(before - table.bytes, 0)
            }
            return try body(&table, &removed)
        }
    }

    /// Makes room for what just came.
    ///
    /// - Parameter saved: the response that must not go.
    /// - Returns: whether there is room.
    private func makeRoom(for bytes: Int, saved: (id: ResponseID, place: Int)? = nil) -> Bool {
        var owed = RecordTable.owed(for: bytes)
        while true {
            let progress = change { table, removed in
                let spared = saved.flatMap { table.isHere($0.id, at: $0.place) ? $0.place : nil }
                return table.makeRoom(sparing: spared, owed: &owed, atMost: Self.removedAtOnceMax, removed: &removed)
            }
            switch progress {
            case .more: continue
            case .done: return true
            case .full: return false
            }
        }
    }

    /// What owners hold of conversations or events grew or shrank.
    func othersChanged(_ changes: [Owner: Int]) {
        var grown = 0
        change { table, _ in
            for (owner, bytes) in changes {
                table.addFixed(bytes, of: owner)
                grown += max(bytes, 0)
            }
        }
        if grown > 0 { _ = makeRoom(for: grown) }
    }

    public func giveWay(_ bytes: Int) -> Int {
        let before = self.bytes
        var left = Self.givenWayMax
        while left > 0, self.bytes > before - bytes {
            let count = min(left, Self.removedAtOnceMax)
            let gone = change { table, removed in
                table.giveWay(bytes - (before - table.bytes), atMost: count, removed: &removed)
                return removed.count
            }
            if gone == 0 { break }
            left -= count
        }
        return max(before - self.bytes, 0)
    }

    // MARK: Responses

    /// Keeps a response; others may go, but not this one: its client is about to hear that it can be continued.
    ///
    /// - Throws: `.full` when the response with its chain is larger than its owner's share, and than what other owners leave
    ///   of the budget. The chain before it stays, and the response is not there: a store that kept it silently not would
    ///   promise what it cannot do. Others may be gone.
    public func save(_ record: ResponseRecord) throws(StoreError) {
        // Items are scanned, tools and settings compared outside of the lock.
        let known = records.withLock { $0.surroundings(parent: record.parent, of: record.owner) }
        let incoming = IncomingRecord(record, known: known)
        let place = try change { (table, removed) throws(StoreError) in try table.save(incoming, removed: &removed) }
        guard !makeRoom(for: incoming.bytes, saved: (record.id, place)) else { return }
        // Only its own chain is left, and what cannot go.
        change { table, removed in table.remove(record.id, at: place, removed: &removed) }
        throw .full
    }

    public func response(_ id: ResponseID, of owner: Owner) -> ResponseRecord? {
        records.withLock { table in table.place(of: id, owner).map { table.use($0) } }?.whole
    }

    public func renew(_ id: ResponseID, of owner: Owner) -> Bool {
        records.withLock { table in
            guard let place = table.place(of: id, owner) else { return false }
            table.renew(place)
            return true
        }
    }

    public func hold(_ id: ResponseID, of owner: Owner) -> Bool {
        records.withLock { table in
            guard let place = table.place(of: id, owner) else { return false }
            table.hold(place)
            return true
        }
    }

    public func release(_ id: ResponseID, of owner: Owner) {
        change { table, removed in table.release(id, owner, removed: &removed) }
    }

    public func chain(
        to id: ResponseID, of owner: Owner, holding isHeld: (ResponseID) -> Bool
    ) -> [ResponseRecord]? {
        kept(to: id, of: owner, holding: isHeld)?.map(\.whole)
    }

    private func kept(to id: ResponseID, of owner: Owner, holding isHeld: (ResponseID) -> Bool) -> [KeptRecord]? {
        guard
            var (place, kept) = records.withLock({ table in
                table.place(of: id, owner).map { (place: $0, kept: table.use($0)) }
            })
        else { return nil }
        var found = [kept]
        // A step at a time: `isHeld` is the caller's and may take a lock of its own, so it is asked outside of this one.
        while let parent = kept.record.parent, !isHeld(parent) {
            guard
                let next = records.withLock({ table in
                    table.parent(of: kept.record.id, at: place).map { (place: $0, kept: table.use($0)) }
                })
            else { return nil }
            (place, kept) = next
            found.append(kept)
        }
        found.reverse()
        return found
    }

    public func item(_ id: String, of owner: Owner) -> RawJSON? {
        if let (stem, place) = ItemIDs.parse(id) {
            for response in ItemIDs.responses(withStem: stem) {
                let kept = records.withLock { table in table.place(of: response, owner).map { table.use($0) } }
                if let item = kept?.record.item(id, at: place) { return item }
            }
        }
        let found = records.withLock { table in
            table.given(id, of: owner).map { (kept: table.use(Int($0.record)), place: $0.place) }
        }
        return found.flatMap { $0.kept.record.item(id, at: $0.place) }
    }

    public func inputItems(of id: ResponseID, _ page: Page, owner: Owner) throws(StoreError) -> ItemPage? {
        guard let chain = kept(to: id, of: owner, holding: { _ in false }) else { return nil }
        let places = chain.map(\.record).flatMap { record in record.input.indices.map { (record: record, index: $0) } }
        return try page.select(
            from: places, id: { $0.record.inputItemID(at: $0.index) }, item: { $0.record.inputItem(at: $0.index) })
    }

    public func delete(_ id: ResponseID, of owner: Owner) -> Bool {
        change { table, removed in table.delete(id, of: owner, removed: &removed) }
    }
}
