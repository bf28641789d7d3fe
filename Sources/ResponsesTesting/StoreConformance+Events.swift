import ResponsesAPI
import ResponsesStore

/// The checks of `EventLog`.
extension StoreConformance {
    private static var noLog: String { "no log of events was given" }

    private func slice(_ range: Range<Int>) -> EventSlice {
        EventSlice(
            first: range.lowerBound,
            events: range.map { RawJSON(validated: Array(#"{"sequence_number":\#($0),"a":"\u0041"}"#.utf8)) })
    }

    func checkEvents() async throws -> String? {
        guard let log = events else { return Self.noLog }
        let id = id("events")
        try require(try await log.events(of: id, after: -1, owner: alice) == nil, "A response has events that nobody added.")
        try await log.append(slice(0..<3), of: id, owner: alice)
        try await log.append(slice(3..<10), of: id, owner: alice)
        for number in -1..<10 {
            try require(
                try await log.events(of: id, after: number, owner: alice) == slice((number + 1)..<10),
                "The events after number \(number) are not those that follow it.")
        }
        for number in [10, 1000, Int.max] {
            try require(
                try await log.events(of: id, after: number, owner: alice) == slice(10..<10),
                "Events follow behind the last one.")
        }
        // A call that is repeated, as its answer did not come.
        try await log.append(slice(8..<12), of: id, owner: alice)
        try await log.append(slice(2..<5), of: id, owner: alice)
        try require(
            try await log.events(of: id, after: -1, owner: alice) == slice(0..<12), "Events that were added twice are there twice.")
        for bytes in [0, 1, 50, 100, 1 << 20] { try await checkPagesOfEvents(slice(0..<12), of: id, in: log, atMost: bytes) }
        try require(try await log.deleteEvents(of: id, owner: alice), "Events cannot be deleted.")
        try require(try await log.events(of: id, after: -1, owner: alice) == nil, "Deleted events are there.")
        try require(try await !log.deleteEvents(of: id, owner: alice), "Events can be deleted twice.")
        return nil
    }

    private func checkPagesOfEvents(_ all: EventSlice, of id: ResponseID, in log: any EventLog, atMost bytes: Int) async throws {
        var read = EventSlice(first: 0, events: [])
        while read.end < all.end {
            let page = try require(
                try await log.events(of: id, after: read.end - 1, atMost: bytes, owner: alice), "Events of a page are not there.")
            try require(page.first == read.end && !page.events.isEmpty, "A page of events does not follow the one before it.")
            try require(
                page.events.count == 1 || page.events.reduce(0) { $0 + $1.bytes.count } <= bytes,
                "A page of events is larger than was asked for.")
            read.events += page.events
        }
        try require(read == all, "Events read in pages are not those that were added.")
    }

    func checkEventGaps() async throws -> String? {
        guard let log = events else { return Self.noLog }
        let id = id("gaps")
        try await log.append(slice(2..<4), of: id, owner: alice)
        try require(
            try await log.events(of: id, after: 0, owner: alice) == nil, "Events that never came are not missing.")
        try require(
            try await log.events(of: id, after: 1, owner: alice) == slice(2..<4), "Events behind a gap are not there.")
        try await log.append(slice(6..<8), of: id, owner: alice)
        for number in -1..<5 {
            try require(
                try await log.events(of: id, after: number, owner: alice) == nil, "Events are read across a gap.")
        }
        try require(
            try await log.events(of: id, after: 5, owner: alice) == slice(6..<8), "Events behind a gap are not there.")
        return nil
    }

    func checkEventOwners() async throws -> String? {
        guard let log = events else { return Self.noLog }
        let id = id("eventowners")
        try await log.append(slice(0..<2), of: id, owner: alice)
        for other in [bob, .anybody] {
            try require(
                try await log.events(of: id, after: -1, owner: other) == nil, "Another owner can read a response's events.")
            try require(try await !log.deleteEvents(of: id, owner: other), "Another owner can delete a response's events.")
            let error = try await requireError("Another owner can add events to a response.") {
                () async throws(StoreError) in try await log.append(slice(2..<3), of: id, owner: other)
            }
            try require(error == .taken, "Adding to another owner's events throws \(error).")
        }
        try require(
            try await log.events(of: id, after: -1, owner: alice) == slice(0..<2), "Another owner's attempts change events.")
        return nil
    }
}
