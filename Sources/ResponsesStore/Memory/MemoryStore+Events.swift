public import ResponsesAPI
import Synchronization

extension MemoryStore: EventLog {
    public func append(_ events: EventSlice, of id: ResponseID, owner: Owner) throws(StoreError) {
        let changes = try logs.withLock { (table) throws(StoreError) in
            try table.append(events, of: id, owner)
            return table.takeChanges()
        }
        othersChanged(changes)
    }

    public func events(of id: ResponseID, after number: Int, atMost bytes: Int, owner: Owner) -> EventSlice? {
        logs.withLock { $0.events(of: id, after: number, atMost: bytes, owner) }
    }

    public func deleteEvents(of id: ResponseID, owner: Owner) -> Bool {
        let (isDeleted, changes) = logs.withLock { table in (table.delete(id, owner), table.takeChanges()) }
        othersChanged(changes)
        return isDeleted
    }
}
