import ResponsesAPI
import Testing

@testable import ResponsesStore

/// What the log of events forgets; what every log promises is in `StoreConformance`.
@Suite struct EventTableTests {
    /// One piece of memory, whatever size the allocator had for it: events of a slice share it.
    private static let event = event(bytes: 52)

    private static func event(bytes: Int) -> RawJSON {
        RawJSON(validated: Array(#""\#(String(repeating: "e", count: bytes - 2))""#.utf8))
    }

    private func slice(_ range: Range<Int>, bytes: Int = 52) -> EventSlice {
        let event = bytes == 52 ? Self.event : Self.event(bytes: bytes)
        return EventSlice(first: range.lowerBound, events: range.map { _ in event })
    }

    /// Room for a log and nine events of 52 bytes, and half of another.
    private let logBytes = 256 + (9 * 2 + 1) * (HeapSize.array(event.bytes) + 16) / 2
    /// What an owner takes.
    private let ownerBytes = 160

    private func numbers(_ table: EventTable, _ id: ResponseID, after number: Int = -1) -> Range<Int>? {
        table.events(of: id, after: number, .alice).map { $0.first..<$0.end }
    }

    @Test func aResponseForgetsItsOldestEvents() throws {
        // A quarter for each response: nine events beside the log itself.
        var table = EventTable(bytesMax: 4 * logBytes)
        for number in 0..<1000 {
            try table.append(slice(number..<(number + 1)), of: "resp_a", .alice)
            let end = number + 1
            let first = max(0, end - 9)
            #expect(numbers(table, "resp_a", after: first - 1) == first..<end)
            if first > 0 { #expect(numbers(table, "resp_a", after: first - 2) == nil) }
            #expect(table.bytes <= logBytes + ownerBytes)
        }
    }

    @Test func theLogThatGrewLongestAgoGoesFirst() throws {
        var table = EventTable(bytesMax: 4 * logBytes)
        for name in ["resp_a", "resp_b", "resp_c", "resp_d"] { try table.append(slice(0..<9), of: ResponseID(name), .alice) }
        try table.append(slice(9..<10), of: "resp_a", .alice)
        try table.append(slice(0..<9), of: "resp_e", .alice)
        #expect(numbers(table, "resp_b") == nil)
        #expect(numbers(table, "resp_a", after: 0) == 1..<10)
        #expect(["resp_c", "resp_d", "resp_e"].allSatisfy { numbers(table, $0) == 0..<9 })
        #expect(table.bytes <= 4 * logBytes)
    }

    @Test func eventsThatHaveNoRoomAtAllAreRefusedWhole() throws {
        var table = EventTable(bytesMax: 4 * logBytes)
        try table.append(slice(0..<3), of: "resp_a", .alice)
        #expect(throws: StoreError.full) { try table.append(slice(3..<20), of: "resp_a", .alice) }
        #expect(numbers(table, "resp_a") == 0..<3)
        #expect(throws: StoreError.full) { try table.append(slice(0..<1, bytes: 2000), of: "resp_b", .alice) }
        #expect(numbers(table, "resp_b") == nil)
        // Those that are there already take no room.
        try table.append(EventSlice(first: 0, events: slice(0..<3, bytes: 400).events), of: "resp_a", .alice)
        #expect(numbers(table, "resp_a") == 0..<3)
    }

    @Test func everyByteIsGivenBack() throws {
        var table = EventTable(bytesMax: 100_000)
        for number in 0..<20 { try table.append(slice(0..<number), of: ResponseID("resp_\(number)"), .alice) }
        try table.append(slice(40..<50), of: "resp_19", .alice)
        #expect(numbers(table, "resp_19", after: 39) == 40..<50)
        for number in 0..<20 {
            let isDeleted = table.delete(ResponseID("resp_\(number)"), .alice)
            #expect(isDeleted)
        }
        #expect(table.bytes == 0)
    }

    @Test func anOwnersLogsGoForItsOwn() throws {
        var table = EventTable(bytesMax: 4 * logBytes, ownerShare: 0.5)
        try table.append(slice(0..<3), of: "resp_bob", .bob)
        for number in 0..<100 { try table.append(slice(0..<9), of: ResponseID("resp_\(number)"), .alice) }
        #expect(table.events(of: "resp_bob", after: -1, .bob)?.end == 3)
        #expect(numbers(table, "resp_99") == 0..<9 && numbers(table, "resp_97") == nil)
        // Its share is half, which is two logs; the changes say the same.
        let changes = table.takeChanges()
        #expect(changes.values.reduce(0, +) == table.bytes - 2 * ownerBytes)
        #expect(changes[.alice].map { $0 <= 2 * logBytes } == true)
    }
}
