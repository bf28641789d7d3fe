import ResponsesAPI
import ResponsesEngine

/// What an engine made while a call was still being written, and what belongs behind that call: a queue.
struct DeferredEvents: Sendable {
    struct Entry: Sendable {
        var event: GenerationBatch.Event
        /// The batch's texts, which the event's range is of.
        var escaped: [UInt8]
        var logprobs: RawJSON?
    }

    private var entries: [Entry] = []
    /// Taken entries are passed over and freed together: a long text can wait behind a call.
    private var start = 0

    var isEmpty: Bool { start == entries.count }

    mutating func append(_ entry: Entry) { entries.append(entry) }

    mutating func removeFirst() -> Entry {
        let first = entries[start]
        start += 1
        if isEmpty { self = DeferredEvents() }
        return first
    }

    /// Takes out the input of one call: pieces of several calls may have come in turns, each call's own in order.
    mutating func removeInput(of wanted: Int) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var others: [Entry] = []
        for entry in entries[start...] {
            if case .toolInput(wanted, let range) = entry.event {
                pieces.append(entry.escaped[range])
            } else {
                others.append(entry)
            }
        }
        entries = others
        start = 0
        return pieces
    }
}
