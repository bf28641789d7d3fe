import ResponsesCore

/// Events that wait for their transport, in order. Putting in and taking out cost the same however many wait.
struct WaitingEvents {
    private var slices: [EventSlices] = []
    /// What they take in memory.
    private(set) var heldBytes = 0

    var isEmpty: Bool { slices.isEmpty }
    /// How many slices there are, large events apart. For tests.
    var pieceCount: Int { slices.count }

    /// Puts events behind those that wait. Small ones join those before them: a client that says much and reads nothing is given
    /// thousands, and each piece costs a pause when they leave.
    mutating func append(_ events: EventBuffer) {
        heldBytes += events.bytes.count
        if let last = slices.indices.last, slices[last].join(events) { return }
        slices.append(EventSlices(events))
    }

    /// Takes the next slice: some of these events. There must be one.
    mutating func next() -> (events: EventBuffer, slice: Range<Int>) {
        let slice = slices[0].next()
        let events = slices[0].events
        if slices[0].isTaken {
            heldBytes -= slices[0].heldBytes
            slices.removeFirst()
        }
        return (events, slice)
    }
}
