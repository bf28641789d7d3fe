import Logging
public import ResponsesAPI
public import ResponsesStore

extension SQLiteStore: ResponseStore {
    public func save(_ record: ResponseRecord) async throws(StoreError) {
        try await writer.write(bytes: record.textBytes, continuing: record.parent) { context in try context.save(record) }
        writer.held.wasUsed(record.id, at: hooks.now())
    }

    public func response(_ id: ResponseID, of owner: Owner) async throws(StoreError) -> ResponseRecord? {
        let found = try await read { db in
            try db.row(id, of: owner).map { row in
                var records = RecordReader(db)
                return (row: row, record: try records.record(of: row))
            }
        }
        if let found { renew(found.row) }
        return found?.record
    }

    public func chain(
        to id: ResponseID, of owner: Owner, holding isHeld: (ResponseID) -> Bool
    ) async throws(StoreError) -> [ResponseRecord]? {
        let found = try await read { db in
            try db.chain(to: id, of: owner, holding: isHeld).map { rows in
                var records = RecordReader(db)
                return (newest: rows.last, records: try rows.map { try records.record(of: $0) })
            }
        }
        if let newest = found?.newest { renew(newest) }
        return found?.records
    }

    public func item(_ id: String, of owner: Owner) async throws(StoreError) -> RawJSON? {
        try await read { db in try db.item(id, of: owner) }
    }

    public func inputItems(of id: ResponseID, _ page: Page, owner: Owner) async throws(StoreError) -> ItemPage? {
        try await read { db in try InputList(of: id, owner: owner, in: db)?.select(page) }
    }

    public func delete(_ id: ResponseID, of owner: Owner) async throws(StoreError) -> Bool {
        try await writer.write { context in try context.delete(id, of: owner) }
    }

    public func hold(_ id: ResponseID, of owner: Owner) -> Bool {
        guard let isToBeNoted = writer.held.hold(id, at: hooks.now(), noting: renewInterval) else { return false }
        if isToBeNoted { writer.writeLater { context in try context.renew(id) } }
        return true
    }
    public func release(_ id: ResponseID, of owner: Owner) { writer.held.release(id) }
    public func whenGone(_ call: @escaping @Sendable (ResponseID, Owner) -> Void) { writer.held.whenGone(call) }

    public func running() async throws(StoreError) -> [ResponseRecord] {
        let found = try await read { db in try RunningRows(db) }
        for id in found.damaged {
            log?.error("A response that ran is damaged, so it cannot be ended", metadata: ["response": "\(id.rawValue)"])
        }
        if !found.damaged.isEmpty {
            // Found once only: they are not in the way of others, and go when they are old.
            try await writer.write { context in try context.endDamaged(found.damaged) }
        }
        return found.records
    }

    /// A day, or a thirtieth of the retention: a use is written down no more often than that changes anything.
    private var renewInterval: Int? {
        configuration.retention.map { min(Int(clamping: $0.components.seconds) / 30, 24 * 60 * 60) }
    }

    /// A response was read, perhaps to be continued: it stays for another retention.
    private func renew(_ row: StoredRow) {
        guard let renewInterval, row.usedAt + renewInterval < hooks.now() else { return }
        writer.writeLater { context in try context.renew(row.record.id) }
    }
}
