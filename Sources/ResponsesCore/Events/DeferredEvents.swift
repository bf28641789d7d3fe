import ResponsesAPI
import ResponsesEngine

/// What an engine made while a call or an item was still being written, and what belongs behind that: a queue.
///
/// What belongs to one call or item stands together, where the call or item began: pieces of several may come in turns, each
/// one's own in order. Putting in and taking out cost the same however much waits.
struct DeferredEvents: Sendable {
    struct Entry: Sendable {
        var event: GenerationBatch.Event
        /// The batch's texts, which the event's range is of.
        var escaped: [UInt8]
        var logprobs: RawJSON?
    }

    /// What an entry takes beside its text: itself, an array of its own, a place in the list.
    static let entryBytes = 2 * MemoryLayout<Entry>.stride

    /// What pieces are of.
    private enum Whole: Hashable {
        case call(Int)
        case item(Int)
    }

    private var groups: [[Entry]] = []
    /// Taken groups are passed over and freed together: a long text can wait behind a call.
    private var start = 0
    /// Where the group of a call or item is, as long as it waits.
    private var places: [Whole: Int] = [:]

    var isEmpty: Bool { start == groups.count }

    mutating func append(_ entry: Entry) {
        let (begun, continued) = Self.wholes(of: entry.event)
        if let continued, let place = places[continued] {
            groups[place].append(entry)
            return
        }
        if let begun, places[begun] == nil { places[begun] = groups.count }
        groups.append([entry])
    }

    /// Takes out what came first; of a call or an item all that came of it so far.
    mutating func removeFirst() -> [Entry] {
        var first: [Entry] = []
        swap(&first, &groups[start])
        if let begun = first.first.flatMap({ Self.wholes(of: $0.event).begun }), places[begun] == start { places[begun] = nil }
        start += 1
        if isEmpty { self = DeferredEvents() }
        return first
    }

    /// What an event begins, and what it goes on with.
    private static func wholes(of event: GenerationBatch.Event) -> (begun: Whole?, continued: Whole?) {
        switch event {
        case .toolCall(let call, _): (.call(call), nil)
        case .toolInput(let call, _): (nil, .call(call))
        case .itemBegan(let number, _): (.item(number), nil)
        case .itemProgress(let number, _, _), .itemEnded(let number, _): (nil, .item(number))
        case .text, .refusal, .reasoning, .reasoningSummary, .partEnded, .annotation, .logprobs, .usage: (nil, nil)
        }
    }
}
