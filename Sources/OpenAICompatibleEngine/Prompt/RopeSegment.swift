import NIOCore
import Synchronization

/// A piece of a rope. Bytes once written never change; only the room behind them is given out, once.
final class RopeSegment: Sendable {
    /// A place in a segment: the bytes before it belong to the rope.
    struct Cut: Sendable {
        var segment: RopeSegment
        var end: Int
    }

    private struct State {
        var buffer: ByteBuffer
        var previous: Cut?
    }

    static let capacityMin = 1024
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
            // Without room nothing is touched: a buffer that a request is being written from would be copied.
            guard state.buffer.writerIndex == end, end < capacity else { return 0 }
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
