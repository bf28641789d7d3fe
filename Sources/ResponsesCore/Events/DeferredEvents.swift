import ResponsesAPI
import ResponsesEngine

/// What an engine made while a call or an item was still being written, and what belongs behind that: a queue.
///
/// What comes of a call or an item that waits itself is kept with it, so that thousands of them cost what they bring.
struct DeferredEvents: Sendable {
    struct Entry: Sendable {
        var event: GenerationBatch.Event
        /// The batch's texts, which the event's range is of.
        var escaped: [UInt8]
        var logprobs: RawJSON?
    }

    /// What gathers entries of its own.
    private enum Key: Hashable {
        case call(Int)
        case item(Int)
    }

    private var entries: [Entry] = []
    /// Taken entries are passed over and freed together: a long text can wait behind a call.
    private var start = 0
    private var following: [Key: [Entry]] = [:]
    /// What the entries take, in bytes.
    private(set) var heldBytes = 0

    var isEmpty: Bool { start == entries.count }

    mutating func append(_ entry: Entry) {
        heldBytes += entry.heldBytes
        let key: Key? =
            switch entry.event {
            case .toolInput(let call, _): .call(call)
            case .itemProgress(let number, _, _), .itemEnded(let number, _): .item(number)
            default: nil
            }
        if let key, following[key] != nil {
            following[key]?.append(entry)
            return
        }
        entries.append(entry)
        switch entry.event {
        case .toolCall(let call, _): following[.call(call)] = following[.call(call)] ?? []
        case .itemBegan(let number, _): following[.item(number)] = following[.item(number)] ?? []
        default: break
        }
    }

    /// Takes the first entry; when a call or an item begins with it, also all that came of that by now, in order.
    mutating func removeFirst() -> (first: Entry, own: [Entry]) {
        let first = entries[start]
        start += 1
        var own: [Entry] = []
        switch first.event {
        case .toolCall(let call, _): own = following.removeValue(forKey: .call(call)) ?? []
        case .itemBegan(let number, _): own = following.removeValue(forKey: .item(number)) ?? []
        default: break
        }
        heldBytes -= first.heldBytes + own.reduce(0) { $0 + $1.heldBytes }
        if isEmpty { self = DeferredEvents() }
        return (first, own)
    }
}

extension DeferredEvents.Entry {
    /// About: the texts of a batch are shared by its entries, and counted by each one's part.
    fileprivate var heldBytes: Int {
        let own =
            switch event {
            case .text(let range), .refusal(let range), .reasoning(let range), .reasoningSummary(let range),
                .toolInput(_, let range):
                range.count
            case .annotation(let json), .logprobs(let json), .itemBegan(_, let json), .itemProgress(_, _, let json),
                .itemEnded(_, let json):
                json.bytes.count
            case .partEnded, .toolCall, .usage: 0
            }
        return own + (logprobs?.bytes.count ?? 0) + MemoryLayout<Self>.stride
    }
}
