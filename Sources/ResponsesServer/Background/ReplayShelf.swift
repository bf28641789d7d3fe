import ResponsesAPI
import ResponsesCore
import Synchronization

/// The events of stored responses that ended a short time ago, for clients whose stream broke before its last event (responses-api 9).
///
/// In memory, within a budget: the oldest go first, of an owner above its share its own. What is gone is not there: the response is.
final class ReplayShelf: Sendable {
    private struct Entry {
        var id: ResponseID
        var owner: Owner
        var feed: ResponseFeed
        var bytes: Int
        var until: Duration
    }

    private struct State {
        /// Oldest first, those before `start` are gone.
        var entries: [Entry?] = []
        var start = 0
        /// Where they are, counted from the first that ever was.
        var places: [ResponseID: Int] = [:]
        var removed = 0
        var bytes = 0
        var bytesOfOwners: [Owner: Int] = [:]
    }

    private let state = Mutex(State())
    private let counted = Atomic<Int>(0)
    private let bytesMax: Int
    private let ownerBytesMax: Int
    private let keptFor: Duration

    /// An entry's places in tables, which are half full on the average.
    private static let overheadBytes = 320

    /// - Parameters:
    ///   - bytesMax: what all of them may take.
    ///   - ownerShare: the part of that which one owner may have.
    ///   - keptFor: for how long they can be read.
    init(bytesMax: Int, ownerShare: Double, keptFor: Duration) {
        self.bytesMax = bytesMax
        ownerBytesMax = Int(Double(bytesMax) * min(max(ownerShare, 0), 1))
        self.keptFor = keptFor
    }

    /// What they take, in bytes. Takes no lock.
    var bytes: Int { counted.load(ordering: .relaxed) }

    /// The events of one response may take so much: a quarter of what an owner may have.
    var feedBytesMax: Int { ownerBytesMax / 4 }

    /// Keeps a feed that is over.
    func keep(_ feed: ResponseFeed, of id: ResponseID, owner: Owner, at now: Duration) {
        let bytes = feed.bytes + Self.overheadBytes
        guard bytes <= feedBytesMax else { return }
        change { state in
            state.places[id] = state.removed + state.entries.count
            state.entries.append(Entry(id: id, owner: owner, feed: feed, bytes: bytes, until: now + keptFor))
            state.bytes += bytes
            state.bytesOfOwners[owner, default: 0] += bytes
            while let oldest = Self.oldest(&state), oldest.until <= now || state.bytes > bytesMax { Self.remove(oldest.id, &state) }
            // A server without keys has one owner, with nobody to protect from it.
            guard owner != .anybody, state.bytesOfOwners[owner] ?? 0 > ownerBytesMax else { return }
            var place = state.start
            while state.bytesOfOwners[owner] ?? 0 > ownerBytesMax, place < state.entries.count {
                if let entry = state.entries[place], entry.owner == owner { Self.remove(entry.id, &state) }
                place += 1
            }
        }
    }

    /// The owner's, if it is still there.
    func feed(of id: ResponseID, owner: Owner, at now: Duration) -> ResponseFeed? {
        state.withLock { state in
            guard let place = state.places[id], let entry = state.entries[place - state.removed], entry.owner == owner, entry.until > now
            else { return nil }
            return entry.feed
        }
    }

    func remove(_ id: ResponseID, of owner: Owner) {
        change { state in
            guard let place = state.places[id], state.entries[place - state.removed]?.owner == owner else { return }
            Self.remove(id, &state)
        }
    }

    /// Lets about so many bytes go, the oldest first.
    func giveWay(_ bytes: Int) {
        change { state in
            let goal = state.bytes - bytes
            while state.bytes > goal, let oldest = Self.oldest(&state) { Self.remove(oldest.id, &state) }
        }
    }

    private func change(_ body: (inout State) -> Void) {
        state.withLock { state in
            body(&state)
            counted.store(state.bytes, ordering: .relaxed)
        }
    }

    private static func oldest(_ state: inout State) -> Entry? {
        while state.start < state.entries.count, state.entries[state.start] == nil { state.start += 1 }
        if state.start > 64, state.start * 2 > state.entries.count {
            state.entries.removeFirst(state.start)
            state.removed += state.start
            state.start = 0
        }
        return state.start < state.entries.count ? state.entries[state.start] : nil
    }

    private static func remove(_ id: ResponseID, _ state: inout State) {
        guard let place = state.places.removeValue(forKey: id), let entry = state.entries[place - state.removed] else { return }
        state.entries[place - state.removed] = nil
        state.bytes -= entry.bytes
        let rest = (state.bytesOfOwners[entry.owner] ?? 0) - entry.bytes
        state.bytesOfOwners[entry.owner] = rest > 0 ? rest : nil
    }
}
