public import ResponsesAPI
import Synchronization

extension MemoryStore: EventLog {
    public func append(_ events: EventSlice, of id: ResponseID, owner: Owner) throws(StoreError) {
        let bytes = try logs.withLock { (table) throws(StoreError) in
            let before = table.bytes
            try table.append(events, of: id, owner)
            return table.bytes - before
        }
        othersChanged(by: bytes)
    }

    public func events(of id: ResponseID, after number: Int, owner: Owner) -> EventSlice? {
        logs.withLock { $0.events(of: id, after: number, owner) }
    }

    public func deleteEvents(of id: ResponseID, owner: Owner) -> Bool {
        let (isDeleted, bytes) = logs.withLock { table in
            let before = table.bytes
            let isDeleted = table.delete(id, owner)
            return (isDeleted, table.bytes - before)
        }
        othersChanged(by: bytes)
        return isDeleted
    }
}
