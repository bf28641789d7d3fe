import ResponsesAPI
import ResponsesEngine

/// What an engine made while a call or an item was still being written, and what belongs behind that: a queue.
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

    /// Takes out what belongs to one call or item: pieces of several may have come in turns, each one's own in order.
    mutating func remove(where belongs: (GenerationBatch.Event) -> Bool) -> [Entry] {
        var taken: [Entry] = []
        var others: [Entry] = []
        for entry in entries[start...] {
            if belongs(entry.event) { taken.append(entry) } else { others.append(entry) }
        }
        entries = others
        start = 0
        return taken
    }
}
