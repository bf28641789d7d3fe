import NIOCore
import Synchronization

/// The closed messages of a conversation as bytes that all prompts of a chain share.
///
/// A rope is a place in a list of segments: extending it writes behind that place when nothing stands there yet, so a
/// turn costs the bytes it adds. After a fork the place is taken; the second child begins a segment of its own and
/// shares everything before. Segments grow from 4 KiB to 64 KiB, so that a long conversation is few writes upstream.
struct PromptRope: Sendable {
    private var last: Segment.Cut?
    /// All bytes up to here.
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// Appends `bytes`; the rope it was copied from stays as it was.
    ///
    /// - Returns: the memory this took beyond what was there, in bytes.
    mutating func append(_ bytes: [UInt8]) -> Int {
        guard !bytes.isEmpty else { return 0 }
        count += bytes.count
        var rest = bytes[...]
        if let cut = last {
            let taken = cut.segment.append(rest, at: cut.end)
            rest = rest.dropFirst(taken)
            last = Segment.Cut(segment: cut.segment, end: cut.end + taken)
            if rest.isEmpty { return 0 }
        }
        let capacity = max(rest.count, min((last?.segment.capacity ?? 0) * 2, Segment.capacityMax), Segment.capacityMin)
        let segment = Segment(capacity: capacity, previous: last, beginning: rest)
        last = Segment.Cut(segment: segment, end: rest.count)
        return segment.capacity
    }

    /// The bytes in order, as slices of the segments; nothing is copied.
    func slices() -> [ByteBuffer] {
        var slices: [ByteBuffer] = []
        var next = last
        while let cut = next {
            slices.append(cut.segment.slice(to: cut.end))
            next = cut.segment.previous
        }
        slices.reverse()
        return slices
    }
}

/// A piece of a rope. Bytes once written never change; only the room behind them is given out, once.
final class Segment: Sendable {
    /// A place in a segment: the bytes before it belong to the rope.
    struct Cut: Sendable {
        var segment: Segment
        var end: Int
    }

    private struct State {
        var buffer: ByteBuffer
        var previous: Cut?
    }

    static let capacityMin = 4096
    static let capacityMax = 65536

    let capacity: Int
    private let state: Mutex<State>

    init(capacity: Int, previous: Cut?, beginning bytes: ArraySlice<UInt8>) {
        var buffer = ByteBufferAllocator().buffer(capacity: capacity)
        buffer.writeBytes(bytes)
        self.capacity = capacity
        state = Mutex(State(buffer: buffer, previous: previous))
    }

    deinit {
        // A chain of conversations is a list of any length: letting go of it link by link from inside would recurse.
        var next = takePrevious()
        while var cut = next {
            next = nil
            guard isKnownUniquelyReferenced(&cut.segment) else { return }
            next = cut.segment.takePrevious()
        }
    }

    var previous: Cut? { state.withLock { $0.previous } }

    /// Writes as many of `bytes` at `end` as there is room for; none when another child wrote there already.
    func append(_ bytes: ArraySlice<UInt8>, at end: Int) -> Int {
        state.withLock { state in
            guard state.buffer.writerIndex == end else { return 0 }
            let taken = bytes.prefix(capacity - end)
            state.buffer.writeBytes(taken)
            return taken.count
        }
    }

    func slice(to end: Int) -> ByteBuffer {
        state.withLock { state in
            guard let slice = state.buffer.getSlice(at: 0, length: end) else {
                preconditionFailure("a rope ends behind the bytes of its segment")
            }
            return slice
        }
    }

    private func takePrevious() -> Cut? { state.withLock { $0.previous.take() } }
}
