public import ResponsesAPI
import Synchronization

/// Responses, conversations and events in memory, within a budget of bytes. What it keeps ends with its process.
///
/// Of responses, those go first that were not used for the longest time. One that others continue never goes before them:
/// a chain loses its newest response first, and as long as a response is there its whole chain is there. Conversations and
/// events may take a quarter of the budget each; responses have the rest.
public final class MemoryStore: ImmediateResponseStore {
    private let bytesMax: Int
    private let records = Mutex(RecordTable())
    let conversations: Mutex<ConversationTable>
    let logs: Mutex<EventTable>
    /// What conversations and events take, which records must leave them.
    private let otherBytes = Atomic<Int>(0)

    /// - Parameter bytesMax: what everything together may take; see `ResponseRecord.bytes`.
    public init(bytesMax: Int) {
        self.bytesMax = bytesMax
        conversations = Mutex(ConversationTable(bytesMax: bytesMax / 4))
        logs = Mutex(EventTable(bytesMax: bytesMax / 4))
    }

    /// What everything takes now. Equal arrays of tools count once.
    public var bytes: Int { records.withLock { $0.bytes } + otherBytes.load(ordering: .relaxed) }

    /// Stored responses. Deleted ones that others continue are among them.
    public var count: Int { records.withLock { $0.count } }

    /// The table's own figures, for tests.
    func withRecords<Result: Sendable>(_ body: (borrowing RecordTable) -> Result) -> Result { records.withLock { body($0) } }

    private var recordBytesMax: Int { bytesMax - otherBytes.load(ordering: .relaxed) }

    /// Conversations or events grew or shrank.
    func othersChanged(by bytes: Int) {
        otherBytes.wrappingAdd(bytes, ordering: .relaxed)
        guard bytes > 0 else { return }
        let bytesMax = recordBytesMax
        let removed = records.withLock { table in
            var removed: [ResponseRecord] = []
            table.shrink(to: bytesMax, removed: &removed)
            return removed
        }
        // Freed here, outside of the lock.
        _ = consume removed
    }

    // MARK: Responses

    /// Keeps a response; others may go, but not this one: its client is about to hear that it can be continued.
    ///
    /// - Throws: `.full` when the response with its chain is larger than the whole budget. The chain before it stays, and the
    ///   response is not there: a store that kept it silently not would promise what it cannot do. Others may be gone.
    public func save(_ record: ResponseRecord) throws(StoreError) {
        // Items are scanned and tools compared outside of the lock.
        let known = records.withLock { $0.surroundings(parent: record.parent) }
        let incoming = IncomingRecord(record, known: known)
        let bytesMax = recordBytesMax
        var removed: [ResponseRecord] = []
        // What goes is freed here, outside of the lock.
        defer { removed.removeAll() }
        try records.withLock { (table) throws(StoreError) in
            try table.save(incoming, bytesMax: bytesMax, removed: &removed)
        }
    }

    public func response(_ id: ResponseID, of owner: Owner) -> ResponseRecord? {
        records.withLock { table in table.place(of: id, owner).map { table.use($0) } }
    }

    public func chain(
        to id: ResponseID, of owner: Owner, holding isHeld: (ResponseID) -> Bool
    ) -> [ResponseRecord]? {
        guard
            var (place, record) = records.withLock({ table in
                table.place(of: id, owner).map { (place: $0, record: table.use($0)) }
            })
        else { return nil }
        var found = [record]
        // A step at a time: `isHeld` is the caller's and may take a lock of its own, so it is asked outside of this one.
        while let parent = record.parent, !isHeld(parent) {
            guard
                let next = records.withLock({ table in
                    table.parent(of: record.id, at: place).map { (place: $0, record: table.use($0)) }
                })
            else { return nil }
            (place, record) = next
            found.append(record)
        }
        found.reverse()
        return found
    }

    public func item(_ id: String, of owner: Owner) -> RawJSON? {
        if let (stem, place) = ItemIDs.parse(id) {
            for response in ItemIDs.responses(withStem: stem) {
                let record = records.withLock { table in table.place(of: response, owner).map { table.use($0) } }
                if let item = record?.item(id, at: place) { return item }
            }
        }
        let found = records.withLock { table in
            table.given(id, of: owner).map { (record: table.use($0.record), place: $0.place) }
        }
        return found.flatMap { $0.record.item(id, at: $0.place) }
    }

    public func inputItems(of id: ResponseID, _ page: Page, owner: Owner) throws(StoreError) -> ItemPage? {
        guard let chain = chain(to: id, of: owner, holding: { _ in false }) else { return nil }
        let places = chain.flatMap { record in record.input.indices.map { (record: record, index: $0) } }
        return try page.select(
            from: places, id: { $0.record.inputItemID(at: $0.index) }, item: { $0.record.inputItem(at: $0.index) })
    }

    public func delete(_ id: ResponseID, of owner: Owner) -> Bool {
        var removed: [ResponseRecord] = []
        defer { removed.removeAll() }
        return records.withLock { $0.delete(id, of: owner, removed: &removed) }
    }
}
