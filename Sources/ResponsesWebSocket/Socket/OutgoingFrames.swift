import NIOCore

/// The frames of one loop tick, gathered into one buffer so that they cost one write and one flush.
struct OutgoingFrames {
    private let role: WebSocketRole
    private let pongsPerTickMax: Int
    private var buffer: ByteBuffer?
    private var promises: [EventLoopPromise<Void>] = []
    private var pongs = 0
    /// A pong that may not join the buffer now. A newer one replaces it, which RFC 6455 section 5.5.3 allows.
    private var heldPong: [UInt8]?

    init(role: WebSocketRole, limits: WebSocketLimits) {
        self.role = role
        pongsPerTickMax = limits.pongsPerTickMax
    }

    /// The bytes gathered since the last `take`.
    var byteCount: Int { buffer?.readableBytes ?? 0 }

    /// Whether a pong is among them.
    var hasPong: Bool { pongs > 0 }

    mutating func add(_ opcode: FrameOpcode, _ payload: UnsafeRawBufferPointer, allocator: ByteBufferAllocator) {
        let key = role == .client ? MaskKey.random() : nil
        reserve(payload.count + FrameHeader.bytesMax, allocator) {
            FrameWriter.write(opcode, payload, key: key, into: &$0)
        }
    }

    mutating func addTexts(_ bytes: UnsafeRawBufferPointer, ends: [Int], allocator: ByteBufferAllocator) {
        guard role == .client else {
            return reserve(bytes.count + 10 * ends.count, allocator) {
                FrameWriter.writeTextFrames(bytes, ends: ends, into: &$0)
            }
        }
        // A client needs a new key for each frame.
        var start = 0
        for end in ends {
            add(.text, UnsafeRawBufferPointer(rebasing: bytes[start..<end]), allocator: allocator)
            start = end
        }
    }

    mutating func addClose(_ code: CloseCode?, reason: String, allocator: ByteBufferAllocator) {
        let key = role == .client ? MaskKey.random() : nil
        reserve(FrameOpcode.controlPayloadMax + FrameHeader.bytesMax, allocator) {
            FrameWriter.writeClose(code, reason: reason, key: key, into: &$0)
        }
    }

    /// Answers a ping: at once while the socket takes bytes and this tick saw few, otherwise the newest waits.
    mutating func addPong(_ payload: [UInt8], isWritable: Bool, allocator: ByteBufferAllocator) {
        guard isWritable, pongs < pongsPerTickMax, heldPong == nil else {
            heldPong = payload
            return
        }
        pongs += 1
        payload.withUnsafeBytes { add(.pong, $0, allocator: allocator) }
    }

    /// A promise to keep when the frames added so far are written.
    mutating func add(_ promise: EventLoopPromise<Void>) {
        promises.append(promise)
    }

    /// Hands the tick's frames over; nil when there are none. `isWritable` lets a held pong go with them.
    mutating func take(
        isWritable: Bool, allocator: ByteBufferAllocator
    ) -> (frames: ByteBuffer, promises: [EventLoopPromise<Void>])? {
        if isWritable, let pong = heldPong {
            heldPong = nil
            pong.withUnsafeBytes { add(.pong, $0, allocator: allocator) }
        }
        pongs = 0
        guard let frames = buffer else { return nil }
        // The buffer is given away, not reused: an idle connection then holds none.
        buffer = nil
        defer { promises = [] }
        return (frames, promises)
    }

    /// Forgets the frames and hands over the promises, to be failed.
    mutating func drop() -> [EventLoopPromise<Void>] {
        buffer = nil
        heldPong = nil
        defer { promises = [] }
        return promises
    }

    /// Runs `write` on the tick's buffer, made when the tick's first frame comes.
    @inline(__always)
    private mutating func reserve(
        _ length: Int, _ allocator: ByteBufferAllocator, _ write: (inout ByteBuffer) -> Void
    ) {
        // Taken out while it is written, as a second reference would copy it.
        // Often a little more comes in the same tick.
        var frames = buffer ?? allocator.buffer(capacity: max(length + min(length / 2, 16 << 10), 512))
        buffer = nil
        write(&frames)
        buffer = frames
    }
}
