import NIOCore
import ResponsesAPI
import Synchronization

/// Between the line's loop and the task that reads a turn: events that were not read yet, and the end.
///
/// Bounded from outside: `UnreadEvents` counts what all turns of a line hold, and the line stops reading above its limit.
final class TurnQueue: Sendable {
    enum Step: Sendable {
        case event(ServerEvent)
        case end(TurnEnd)
    }

    private struct State {
        var events = CircularBuffer<ServerEvent>()
        var end: TurnEnd?
        /// Nobody reads it now.
        var isDropped = false
        var delivery: Delivery?
        var reader: CheckedContinuation<Step, Never>?
    }

    private let state = Mutex(State())
    private let unread: UnreadEvents

    init(unread: UnreadEvents) { self.unread = unread }

    var delivery: Delivery? { state.withLock { $0.delivery } }
    var end: TurnEnd? { state.withLock { $0.end } }

    func sent(_ delivery: Delivery) { state.withLock { $0.delivery = delivery } }

    func add(_ event: ServerEvent) {
        let reader = state.withLock { state -> CheckedContinuation<Step, Never>? in
            if let reader = state.reader {
                state.reader = nil
                return reader
            }
            if state.isDropped { return nil }
            state.events.append(event)
            unread.add(event.json.bytes.count)
            return nil
        }
        reader?.resume(returning: .event(event))
    }

    func finish(_ end: TurnEnd) {
        let reader = state.withLock { state -> CheckedContinuation<Step, Never>? in
            state.end = end
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: .end(end))
    }

    /// The next event; after the last one, the end each time. One task at a time.
    func next() async -> Step {
        await withCheckedContinuation { continuation in
            let step = state.withLock { state -> Step? in
                if let event = state.events.popFirst() {
                    unread.remove(event.json.bytes.count)
                    return .event(event)
                }
                if let end = state.end { return .end(end) }
                precondition(state.reader == nil, "A turn's events are read by one task at a time.")
                state.reader = continuation
                return nil
            }
            if let step { continuation.resume(returning: step) }
        }
    }

    /// Drops what nobody will read, and what still comes.
    func drop() {
        state.withLock { state in
            state.isDropped = true
            for event in state.events { unread.remove(event.json.bytes.count) }
            state.events.removeAll()
        }
    }
}
