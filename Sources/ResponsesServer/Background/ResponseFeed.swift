import ResponsesAPI
import ResponsesCore
import Synchronization

/// The events of one response, for whoever reads them, from the first on or behind a number: while it runs, and as long as they are
/// kept (responses-api 9).
///
/// Written on one event loop, read from anywhere. A reader takes what there is at its own pace and is woken when there is more; a slow
/// one holds up nobody. What a log has as well may go from here, oldest first.
final class ResponseFeed: Sendable {
    enum Reading: Sendable {
        case events(FeedSlice)
        /// There are none yet; `wakes` says when to look again.
        case nothingYet
        /// There are none any more: the response is over.
        case over
        /// Some of them are not here any more.
        case forgotten
    }

    private struct State {
        /// Oldest first, none empty.
        var slices: [FeedSlice] = []
        /// The number of the next event.
        var end = 0
        var bytes = 0
        var isOver = false
        var readers: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextReader = 0
        /// Events before this number are in the log.
        var logged = 0
    }

    private let state = Mutex(State())

    /// A slice grows to this, and goes as a whole: a few reads of a client's socket.
    private static let sliceBytes = 64 << 10
    /// What the events of a usual response take, and how many they are.
    private static let usualBytes = 12 << 10
    private static let usualCount = 56
    /// What is kept here of events that the log has as well, for readers that are nearly up to date.
    private static let loggedBytesKept = 1 << 20

    /// What the events take, in bytes.
    var bytes: Int { state.withLock { $0.bytes } }

    /// The number of the next event.
    var end: Int { state.withLock { $0.end } }

    var isOver: Bool { state.withLock { $0.isOver } }

    // MARK: Writing

    /// Adds events, all of this response, each with the next number.
    func append(_ events: EventBuffer, _ marks: Range<Int>) {
        guard !marks.isEmpty else { return }
        let waking = state.withLock { state in
            events.bytes.withUnsafeBufferPointer { bytes in
                var start = events.start(of: marks.lowerBound)
                for mark in events.marks[marks] {
                    Self.append(bytes[start..<mark.end], mark.name, to: &state)
                    start = mark.end
                }
            }
            Self.forget(&state)
            return state.readers.isEmpty ? [] : Array(state.readers.values)
        }
        for reader in waking { reader.yield() }
    }

    private static func append(_ json: Slice<UnsafeBufferPointer<UInt8>>, _ name: EventName, to state: inout State) {
        if state.slices.last.map({ $0.json.count + json.count > sliceBytes }) ?? true {
            var slice = FeedSlice(first: state.end)
            // Most responses fit, and an array that grows is allocated anew each time.
            slice.json.reserveCapacity(max(json.count, usualBytes))
            slice.marks.reserveCapacity(usualCount)
            state.bytes += slice.heldBytes
            state.slices.append(slice)
        }
        let last = state.slices.count - 1
        let before = state.slices[last].heldBytes
        state.slices[last].json.append(contentsOf: json)
        state.slices[last].marks.append((state.slices[last].json.count, name))
        state.end += 1
        state.bytes += state.slices[last].heldBytes - before
    }

    /// Nothing more comes.
    func finish() {
        let waking = state.withLock { state in
            state.isOver = true
            return Array(state.readers.values)
        }
        for reader in waking { reader.yield() }
    }

    /// The log has all events before this number.
    func logged(before number: Int) {
        state.withLock { state in
            state.logged = max(state.logged, number)
            Self.forget(&state)
        }
    }

    private static func forget(_ state: inout State) {
        while state.bytes > loggedBytesKept, let first = state.slices.first, first.end <= state.logged {
            state.bytes -= first.heldBytes
            state.slices.removeFirst()
        }
    }

    // MARK: Reading

    /// The events behind a number, as many as are at hand together.
    ///
    /// - Parameter number: the `sequence_number` of the last event that the reader has; -1 for none.
    func read(after number: Int) -> Reading {
        state.withLock { state in
            guard number < state.end - 1 else { return state.isOver ? .over : .nothingYet }
            let wanted = max(number, -1) + 1
            guard let index = state.slices.firstIndex(where: { $0.end > wanted }), state.slices[index].first <= wanted else {
                return .forgotten
            }
            let slice = state.slices[index]
            guard wanted > slice.first else { return .events(slice) }
            let skipped = wanted - slice.first
            let start = slice.marks[skipped - 1].end
            return .events(
                FeedSlice(
                    first: wanted, json: Array(slice.json[start...]),
                    marks: slice.marks[skipped...].map { ($0.end - start, $0.name) }))
        }
    }

    /// Wakes a reader whenever there may be something new to `read`. Ends when its task is cancelled, or it is let go.
    func wakes() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            defer { state.nextReader += 1 }
            state.readers[state.nextReader] = continuation
            return state.nextReader
        }
        continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.readers[number] = nil } }
        // What came between the reader's last look and this.
        continuation.yield()
        return stream
    }

    /// Returns when the response is over, or the task is cancelled.
    func over() async {
        for await _ in wakes() where state.withLock({ $0.isOver }) { return }
    }
}
