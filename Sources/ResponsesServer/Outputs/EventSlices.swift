import ResponsesCore

/// Events on their way to the transport, some at a time. Giving them is a copy, and for a hundred megabytes at once a loop's
/// other connections would have to wait.
struct EventSlices {
    /// What is given at a time: a millisecond's work or less, unless a single event is larger.
    static let bytesMax = 1 << 20

    private(set) var events: EventBuffer
    /// How many of the events were taken.
    private var taken = 0

    init(_ events: EventBuffer) { self.events = events }

    /// Whether the events are more than one slice.
    static func areNeeded(for events: EventBuffer) -> Bool { events.bytes.count > bytesMax }

    var isTaken: Bool { taken == events.marks.count }
    /// They are held together, until the last is taken.
    var heldBytes: Int { events.bytes.count }

    /// Puts events behind these.
    ///
    /// - Returns: false, and nothing is changed, when some were taken, or all together would be more than one slice.
    mutating func join(_ more: EventBuffer) -> Bool {
        guard taken == 0, events.bytes.count + more.bytes.count <= Self.bytesMax else { return false }
        events.append(more)
        return true
    }

    /// Takes the next events, at least one: which they are.
    mutating func next() -> Range<Int> {
        let first = taken
        let start = events.start(of: first)
        repeat { taken += 1 } while taken < events.marks.count && events.marks[taken].end - start <= Self.bytesMax
        return first..<taken
    }
}

extension EventBuffer {
    /// Where the bytes of an event begin.
    func start(of index: Int) -> Int { index == 0 ? 0 : marks[index - 1].end }
}
