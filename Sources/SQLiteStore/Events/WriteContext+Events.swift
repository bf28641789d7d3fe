import GRDB
import ResponsesAPI
import ResponsesStore

/// Events are kept as they were appended together. A log above its limit forgets its oldest slices; when all together are too
/// large, the logs go to which nothing was added for the longest time.
extension WriteContext {
    /// A row and its places in indexes.
    private static var overheadBytes: Int { 128 }
    private var logBytesMax: Int { configuration.eventBytesMax / 4 }

    mutating func append(_ slice: EventSlice, of id: ResponseID, _ owner: Owner) throws {
        let known = try db.eventLog(id)
        if let known, try knownKey(of: owner) != known.owner { throw StoreError.taken }
        let new = known.map { slice.events.dropFirst(max($0.end - slice.first, 0)) } ?? slice.events[...]
        let blob = EventsBlob.encode(new)
        guard blob.count + Self.overheadBytes <= logBytesMax else { throw StoreError.full }
        var log: EventLogRow
        if let known {
            log = known
        } else {
            let owner = try key(of: owner)
            try db.run(
                "INSERT INTO eventLogs (owner, id, first, end, bytes, usedAt) VALUES (?, ?, ?, ?, ?, ?)", .int(owner),
                .text(id.rawValue), .int(slice.first), .int(slice.first), .int(Self.overheadBytes), .int(now))
            log = EventLogRow(
                key: Int(db.lastInsertedRowID), owner: owner, first: slice.first, end: slice.first, bytes: Self.overheadBytes)
            try countEvents(Self.overheadBytes)
        }
        let before = log.bytes
        if slice.first > log.end {
            // Events are missing: what was before the gap is of no use.
            try db.run("DELETE FROM eventSlices WHERE log = ?", .int(log.key))
            log.bytes = Self.overheadBytes
            log.first = slice.first
            log.end = slice.first
        }
        if !new.isEmpty {
            let first = log.end
            log.end += new.count
            log.bytes += blob.count + Self.overheadBytes
            try db.run(
                "INSERT INTO eventSlices (log, first, end, events) VALUES (?, ?, ?, ?)", .int(log.key), .int(first), .int(log.end),
                .blob(blob))
            try forgetOldest(of: &log)
        }
        try db.run(
            "UPDATE eventLogs SET first = ?, end = ?, bytes = ?, usedAt = ? WHERE key = ?", .int(log.first), .int(log.end),
            .int(log.bytes), .int(now), .int(log.key))
        try countEvents(log.bytes - before)
        try makeRoomForEvents(sparing: log.key)
    }

    private func forgetOldest(of log: inout EventLogRow) throws {
        while log.bytes > logBytesMax {
            let oldest = try db.first(
                "SELECT key, end, length(events) FROM eventSlices WHERE log = ? ORDER BY first LIMIT 1", .int(log.key)
            ) { (key: $0.int(0), end: $0.int(1), bytes: $0.int(2)) }
            guard let oldest, oldest.end < log.end else { return }
            try db.run("DELETE FROM eventSlices WHERE key = ?", .int(oldest.key))
            log.first = oldest.end
            log.bytes -= oldest.bytes + Self.overheadBytes
        }
    }

    /// The logs that may go: the feed of a response that runs has forgotten what its log has.
    static var logsOfEnded: String {
        "SELECT key FROM eventLogs l WHERE NOT EXISTS (SELECT 1 FROM responses r WHERE r.id = l.id AND r.state & 1)"
    }

    private mutating func makeRoomForEvents(sparing key: Int) throws {
        while let eventBytes, eventBytes > configuration.eventBytesMax {
            let oldest = try db.first(
                "\(Self.logsOfEnded) AND key <> ? ORDER BY usedAt LIMIT 1", .int(key)
            ) { $0.int(0) }
            guard let oldest else { return }
            try removeLog(oldest)
        }
    }

    mutating func deleteEvents(of id: ResponseID, _ owner: Owner) throws -> Bool {
        guard let log = try db.eventLog(id), try knownKey(of: owner) == log.owner else { return false }
        try removeLog(log.key)
        return true
    }

    mutating func removeLog(_ key: Int) throws {
        let bytes = try db.first("SELECT bytes FROM eventLogs WHERE key = ?", .int(key)) { $0.int(0) } ?? 0
        try db.run("DELETE FROM eventSlices WHERE log = ?", .int(key))
        try db.run("DELETE FROM eventLogs WHERE key = ?", .int(key))
        try countEvents(-bytes)
    }

    /// What all events take changes; counted from the rows when it is not known.
    private mutating func countEvents(_ change: Int) throws {
        if let known = eventBytes {
            eventBytes = known + change
        } else {
            eventBytes = try db.first("SELECT total(bytes) FROM eventLogs") { $0.int(0) } ?? 0
        }
    }
}
