public import ResponsesAPI
public import ResponsesStore

extension SQLiteStore: EventLog {
    public func append(_ events: EventSlice, of id: ResponseID, owner: Owner) async throws(StoreError) {
        let bytes = events.events.reduce(256) { $0 + $1.bytes.count + 8 }
        try await writer.write(bytes: bytes, events: id) { context in try context.append(events, of: id, owner) }
    }

    public func events(of id: ResponseID, after number: Int, atMost bytes: Int, owner: Owner) async throws(StoreError) -> EventSlice? {
        try await read { db in
            guard let log = try db.eventLog(id), try db.key(of: owner) == log.owner else { return nil }
            guard number < log.end else { return EventSlice(first: log.end, events: []) }
            let first = max(number, -1) + 1
            guard first >= log.first else { return nil }
            var slice = EventSlice(first: first, events: [])
            var left = bytes
            try db.each(
                "SELECT first, events FROM eventSlices WHERE log = ? AND end > ? ORDER BY first", .int(log.key), .int(first)
            ) { row in
                for event in try EventsBlob.decode(row.buffer(1)).dropFirst(max(first - row.int(0), 0)) {
                    left -= event.bytes.count
                    guard left >= 0 || slice.events.isEmpty else { return false }
                    slice.events.append(event)
                }
                return left > 0
            }
            return slice
        }
    }

    public func deleteEvents(of id: ResponseID, owner: Owner) async throws(StoreError) -> Bool {
        try await writer.write { context in try context.deleteEvents(of: id, owner) }
    }
}
