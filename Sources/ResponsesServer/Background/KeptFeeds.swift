import ResponsesAPI
import ResponsesCore

/// The events so far of the turns of one connection whose responses are to be stored.
struct KeptFeeds {
    /// A few at most: those that run.
    private var feeds: [(turn: TurnID, feed: ResponseFeed, bytes: Int)] = []
    /// Turns whose events were too many.
    private var given: Set<TurnID> = []

    var isEmpty: Bool { feeds.isEmpty && given.isEmpty }
    var bytes: Int { feeds.reduce(0) { $0 + $1.bytes } }

    /// - Parameter bytesMax: a turn with more is not kept at all, as a replay has no gaps.
    mutating func append(_ events: EventBuffer, bytesMaxOfEach bytesMax: Int) {
        guard events.hasKept else { return }
        var index = 0
        while index < events.marks.count {
            let first = index
            let turn = events.marks[first].turn
            repeat { index += 1 } while index < events.marks.count && events.marks[index].turn == turn
            guard let turn, given.isEmpty || !given.contains(turn) else { continue }
            let place = place(of: turn)
            feeds[place].feed.append(events, first..<index)
            feeds[place].bytes += events.marks[index - 1].end - events.start(of: first)
            if feeds[place].bytes > bytesMax {
                feeds.remove(at: place)
                given.insert(turn)
            }
        }
    }

    private mutating func place(of turn: TurnID) -> Int {
        if let place = feeds.firstIndex(where: { $0.turn == turn }) { return place }
        feeds.append((turn, ResponseFeed(), 0))
        return feeds.count - 1
    }

    /// Takes out what is over: the feeds of those that were stored.
    mutating func ended(with events: EventBuffer) -> [(ResponseID, ResponseFeed)] {
        var stored: [(ResponseID, ResponseFeed)] = []
        for end in events.ends {
            guard let turn = end.turn else { continue }
            if !given.isEmpty { given.remove(turn) }
            guard let place = feeds.firstIndex(where: { $0.turn == turn }) else { continue }
            let feed = feeds.remove(at: place).feed
            guard let outcome = end.outcome, end.error == nil, end.isStored else { continue }
            feed.finish()
            stored.append((outcome.responseID, feed))
        }
        return stored
    }
}
