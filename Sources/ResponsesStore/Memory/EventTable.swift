import ResponsesAPI

/// The events of a `MemoryStore`.
///
/// A response's log is bounded by a quarter of what all may take, so that one response does not push out every other; it
/// forgets its oldest events. When all together are too large, a log of the owner with the most goes, and of an owner above
/// its share one of its own while others have logs: the one that got no event for the longest time.
struct EventTable {
    private struct Log {
        var id: ResponseID
        var owner: Owner
        /// The owner's row in `shares`.
        var row: Int
        /// The number of the event at `start`.
        var first: Int
        var events: [RawJSON] = []
        /// Where the events begin that are not forgotten yet.
        var start = 0
        var bytes: Int

        var end: Int { first + events.count - start }

        /// Forgets the oldest event.
        mutating func dropFirst() {
            bytes -= EventTable.size(events[start])
            events[start] = .null
            start += 1
            first += 1
            // Moved together when half of the array is forgotten, so each event is moved about once.
            if start * 2 > events.count {
                events.removeFirst(start)
                start = 0
            }
        }

        /// Forgets everything; the next event is `number`.
        mutating func restart(at number: Int) {
            for event in events[start...] { bytes -= EventTable.size(event) }
            events = []
            start = 0
            first = number
        }
    }

    private var places: [ResponseID: Int] = [:]
    private var logs = Slots<Log>()
    private var shares = OwnerShares()
    private let bytesMax: Int
    private let ownerBytesMax: Int
    /// By how much owners hold more, or less, since this was taken.
    private var changes: [Owner: Int] = [:]

    /// A log's fields and its places in tables.
    private static var overheadBytes: Int { 256 }
    /// With the event's place in its array, which is half full on the average.
    private static func size(_ event: RawJSON) -> Int { HeapSize.array(event.bytes) + 16 }

    init(bytesMax: Int, ownerShare: Double = 1) {
        self.bytesMax = bytesMax
        ownerBytesMax = Int(Double(bytesMax) * min(max(ownerShare, 0), 1))
    }

    var bytes: Int { shares.bytes }

    mutating func takeChanges() -> [Owner: Int] {
        defer { changes = [:] }
        return changes
    }

    private mutating func count(_ bytes: Int, _ row: Int) {
        shares.add(bytes, to: row)
        changes[shares.owner(of: row), default: 0] += bytes
    }

    private var bytesMaxPerLog: Int { bytesMax / 4 }

    mutating func append(_ slice: EventSlice, of id: ResponseID, _ owner: Owner) throws(StoreError) {
        let own = Self.overheadBytes + HeapSize.string(id.rawValue) + HeapSize.string(owner.rawValue)
        let new = try new(slice, of: id, owner)
        guard own + new.reduce(0, { $0 + Self.size($1) }) <= bytesMaxPerLog else { throw .full }
        let place: Int
        if let known = places[id] {
            place = known
        } else {
            let row = shares.row(of: owner)
            place = logs.add(Log(id: id, owner: owner, row: row, first: slice.first, bytes: own))
            places[id] = place
            count(own, row)
        }
        let row = logs[place].row
        let before = logs[place].bytes
        if slice.first > logs[place].end { logs[place].restart(at: slice.first) }
        logs[place].events += new
        for event in new { logs[place].bytes += Self.size(event) }
        while logs[place].bytes > bytesMaxPerLog { logs[place].dropFirst() }
        count(logs[place].bytes - before, row)
        shares.renew(place, of: row)
        // The log that just grew is the newest, and never larger than a quarter: others go first, and it stays.
        while bytes > bytesMax, let next = next(sparing: place) { remove(at: next) }
        while shares.count > 1, shares.bytes(of: row) > ownerBytesMax, let oldest = shares.oldest(of: row), oldest != place {
            remove(at: oldest)
        }
    }

    /// The log to go next: of the owner that has the most, or of the next one when that has only the spared.
    private func next(sparing spared: Int) -> Int? {
        guard let largest = shares.largest, let oldest = shares.oldest(of: largest) else { return nil }
        return oldest == spared ? shares.second.flatMap { shares.oldest(of: $0) } : oldest
    }

    /// The events that are not in the log yet.
    private func new(_ slice: EventSlice, of id: ResponseID, _ owner: Owner) throws(StoreError) -> ArraySlice<RawJSON> {
        guard let place = places[id] else { return slice.events[...] }
        guard logs[place].owner == owner else { throw .taken }
        return slice.events.dropFirst(max(logs[place].end - slice.first, 0))
    }

    func events(of id: ResponseID, after number: Int, atMost bytes: Int = .max, _ owner: Owner) -> EventSlice? {
        guard let place = places[id], logs[place].owner == owner else { return nil }
        let log = logs[place]
        guard number < log.end else { return EventSlice(first: log.end, events: []) }
        let first = max(number, -1) + 1
        guard first >= log.first else { return nil }
        let rest = log.events[(log.start + first - log.first)...]
        var left = bytes
        let count = rest.prefix { event in
            left -= event.bytes.count
            return left >= 0
        }.count
        return EventSlice(first: first, events: Array(rest.prefix(max(count, 1))))
    }

    mutating func delete(_ id: ResponseID, _ owner: Owner) -> Bool {
        guard let place = places[id], logs[place].owner == owner else { return false }
        remove(at: place)
        return true
    }

    private mutating func remove(at place: Int) {
        let log = logs.remove(at: place)
        shares.remove(place, of: log.row)
        places[log.id] = nil
        count(-log.bytes, log.row)
        shares.dropIfEmpty(log.row)
    }
}
