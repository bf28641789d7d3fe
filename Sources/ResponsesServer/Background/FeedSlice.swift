import ResponsesAPI

/// Events of a feed that follow each other: their JSON back to back, and of each where it ends and which it is.
struct FeedSlice: Sendable {
    /// The `sequence_number` of the first.
    var first: Int
    var json: [UInt8] = []
    var marks: [(end: Int, name: EventName)] = []

    /// The number behind the last event's.
    var end: Int { first + marks.count }

    /// What it takes in memory, in bytes.
    var heldBytes: Int { json.capacity + marks.capacity * MemoryLayout<(Int, EventName)>.stride }

    /// The JSON of each.
    var events: [RawJSON] {
        var start = 0
        return marks.map { mark in
            defer { start = mark.end }
            return RawJSON(validated: Array(json[start..<mark.end]))
        }
    }
}
