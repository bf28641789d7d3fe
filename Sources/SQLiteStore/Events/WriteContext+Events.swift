import GRDB
import ResponsesAPI
import ResponsesStore

/// Events are kept as they were appended together. A log above its limit forgets its oldest slices; when all together are too
/// large, the logs go to which nothing was added for the longest time.
extension WriteContext {
    /// A row and its places in indexes.
    private static var overheadBytes: Int { 128 }
    private var logBytesMax: Int { configuration.eventBytesLimit / 4 }
    /// Up to this a log goes as a whole, so that many small ones go fast; a larger one goes in parts.
    private static var goneWholeMax: Int { 256 << 10 }

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
            try forgetOldest(of: &log, downTo: logBytesMax)
        }
        try db.run(
            "UPDATE eventLogs SET first = ?, end = ?, bytes = ?, usedAt = ? WHERE key = ?", .int(log.first), .int(log.end),
            .int(log.bytes), .int(now), .int(log.key))
        try countEvents(log.bytes - before)
        if let eventBytes, eventBytes > configuration.eventBytesLimit {
            _ = try letEventsGo(bytes: eventBytes - configuration.eventBytesLimit, ofRunning: true, sparing: id)
        }
    }

    private func forgetOldest(of log: inout EventLogRow, downTo bytesMax: Int) throws {
        while log.bytes > bytesMax {
            let oldest = try db.first(
                "SELECT key, end, length(events) FROM eventSlices WHERE log = ? ORDER BY first LIMIT 1", .int(log.key)
            ) { (key: $0.int(0), end: $0.int(1), bytes: $0.int(2)) }
            guard let oldest, oldest.end < log.end else { return }
            try db.run("DELETE FROM eventSlices WHERE key = ?", .int(oldest.key))
            log.first = oldest.end
            log.bytes -= oldest.bytes + Self.overheadBytes
        }
    }

    /// Lets events go of the responses to which none was added for the longest time, and of each the oldest first.
    ///
    /// - Parameters:
    ///   - bytes: about so many, which is what one commit takes time for.
    ///   - running: whether also those of responses that run go, when no others are left: what such a log has, the response's
    ///     feed has forgotten.
    ///   - sparing: a response whose events stay.
    /// - Returns: about how many bytes went; fewer than `bytes` when nothing else may go.
    mutating func letEventsGo(
        usedBefore cutoff: Int = .max, bytes: Int, ofRunning running: Bool, sparing: ResponseID? = nil
    ) throws -> Int {
        var gone = 0
        while gone < bytes {
            var oldest = try oldestLog(usedBefore: cutoff, sparing: sparing, Self.isEnded)
            if oldest == nil, running { oldest = try oldestLog(usedBefore: cutoff, sparing: sparing, "true") }
            guard var log = oldest else { break }
            let before = log.bytes
            if before > Self.goneWholeMax { try forgetOldest(of: &log, downTo: max(before - (bytes - gone), 0)) }
            if log.bytes == before {
                // It is small, or one piece.
                try removeLog(log.key)
                gone += before
            } else {
                try db.run(
                    "UPDATE eventLogs SET first = ?, bytes = ? WHERE key = ?", .int(log.first), .int(log.bytes), .int(log.key))
                try countEvents(log.bytes - before)
                gone += before - log.bytes
            }
        }
        return gone
    }

    private static var isEnded: String { "NOT EXISTS (SELECT 1 FROM responses r WHERE r.id = l.id AND r.state & 1)" }

    private func oldestLog(usedBefore cutoff: Int, sparing: ResponseID?, _ condition: String) throws -> EventLogRow? {
        try db.first(
            """
            SELECT key, owner, first, end, bytes FROM eventLogs l WHERE usedAt < ? AND id IS NOT ? AND \(condition)
            ORDER BY usedAt, key LIMIT 1
            """, .int(cutoff), .text(sparing?.rawValue)
        ) { EventLogRow($0) }
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
