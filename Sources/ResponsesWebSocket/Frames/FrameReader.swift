/// Turns the bytes of a peer into messages, pings, pongs and its close: RFC 6455 sections 5 to 8, in full.
///
/// Fed any split of a byte stream it yields the same events. It keeps the message in progress and at most a partial
/// header or control payload; buffers grow with bytes received, never with a length that a header merely claims.
/// Hot path: an unfragmented message that lies whole in the input is unmasked and checked in the one pass that copies it.
package struct FrameReader {
    private enum Stage {
        case header
        case payload
        /// After the peer's close or a violation. Final: all further bytes are dropped.
        case ended
    }

    private enum MessageKind {
        case text
        case binary
    }

    private let role: WebSocketRole
    private let messageBytesMax: Int
    private let fragmentsMax: Int

    private var stage = Stage.header
    /// The bytes of a header that a read cut in two.
    private var partialHeader: [UInt8] = []
    /// The frame whose payload is being read, and how much of the payload was read.
    private var frame = FrameHeader(isFinal: true, opcode: .continuation, key: .none, payloadLength: 0)
    private var framePosition = 0
    private var controlPayload: [UInt8] = []

    /// What the message in progress is; nil between messages.
    private var kind: MessageKind?
    private var message: [UInt8] = []
    private var fragments = 0
    private var utf8 = UTF8Check()
    /// Whether messages are only passed over.
    private var isDiscarding = false

    /// - Parameter role: the role of this end of the connection.
    package init(role: WebSocketRole, limits: WebSocketLimits = WebSocketLimits()) {
        self.role = role
        messageBytesMax = limits.messageBytesMax
        fragmentsMax = limits.fragmentsMax
    }

    /// Whether the peer's stream is over: it sent its close frame or broke a rule.
    package var hasEnded: Bool { stage == .ended }

    /// The bytes kept until more arrive; at most `messageBytesMax` and a control frame.
    package var bufferedBytes: Int { message.count + controlPayload.count + partialHeader.count }

    /// The memory kept for them; at most twice the bytes received (and a page).
    package var bufferCapacity: Int { message.capacity + controlPayload.capacity + partialHeader.capacity }

    /// From now on messages are empty: nothing of them is kept, the one in progress included. Control frames are read as before.
    package mutating func discardMessages() {
        isDiscarding = true
        message = []
    }

    /// Reads on in `bytes` from `offset` to the next event, or to the end of the bytes and nil.
    ///
    /// Call again with the same bytes until nil comes; then with the next bytes and offset 0.
    package mutating func next(in bytes: UnsafeRawBufferPointer, from offset: inout Int) -> FrameEvent? {
        while true {
            switch stage {
            case .ended:
                offset = bytes.count
                return nil
            case .header:
                switch readHeader(in: bytes, from: &offset) {
                case .incomplete: return nil
                case .violation(let reason): return fail(.protocolError, reason)
                case .header(let header, _):
                    if let violation = admit(header) { return violation }
                    if let event = readWhole(header, in: bytes, from: &offset) { return event }
                    frame = header
                    framePosition = 0
                    stage = .payload
                }
            case .payload:
                let length = min(frame.payloadLength - framePosition, bytes.count - offset)
                if length > 0 {
                    let piece = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length])
                    offset += length
                    if let violation = take(piece) { return violation }
                }
                guard framePosition == frame.payloadLength else { return nil }
                stage = .header
                if let event = finishFrame() { return event }
            }
        }
    }

    // MARK: Headers

    /// Reads a header from the input, or across a cut from the bytes kept and the input.
    @inline(__always)
    private mutating func readHeader(in bytes: UnsafeRawBufferPointer, from offset: inout Int) -> FrameHeader.Reading {
        if partialHeader.isEmpty {
            let reading = FrameHeader.read(UnsafeRawBufferPointer(rebasing: bytes[offset...]), role: role)
            switch reading {
            case .incomplete:
                partialHeader.append(contentsOf: bytes[offset...])
                offset = bytes.count
            case .header(_, let length): offset += length
            case .violation: break
            }
            return reading
        }
        // Byte by byte, so that what follows the header stays in the input. Rare, and 14 rounds at most.
        while offset < bytes.count {
            partialHeader.append(bytes[offset])
            offset += 1
            let reading = partialHeader.withUnsafeBytes { FrameHeader.read($0, role: role) }
            if reading != .incomplete {
                partialHeader.removeAll(keepingCapacity: true)
                return reading
            }
        }
        return .incomplete
    }

    /// Checks a header against the message in progress and the limits, before any of its payload is kept.
    @inline(__always)
    private mutating func admit(_ header: FrameHeader) -> FrameEvent? {
        switch header.opcode {
        case .close, .ping, .pong:
            return nil
        case .continuation:
            guard kind != nil else { return fail(.protocolError, "continuation without a message") }
        case .text, .binary:
            guard kind == nil else { return fail(.protocolError, "new message inside a fragmented one") }
            kind = header.opcode == .text ? .text : .binary
        }
        fragments += 1
        guard fragments <= fragmentsMax else {
            return fail(.messageTooBig, "message in more than \(fragmentsMax) fragments")
        }
        guard header.payloadLength <= messageBytesMax - message.count else {
            return fail(.messageTooBig, "message above \(messageBytesMax) bytes")
        }
        return nil
    }

    // MARK: Payloads

    /// The short way: a data message in one frame that has arrived whole is copied once, into an array of its size.
    @inline(__always)
    private mutating func readWhole(
        _ header: FrameHeader, in bytes: UnsafeRawBufferPointer, from offset: inout Int
    ) -> FrameEvent? {
        let length = header.payloadLength
        guard header.isFinal, header.opcode == .text || header.opcode == .binary, length <= bytes.count - offset else {
            return nil
        }
        let start = offset
        offset += length
        kind = nil
        fragments = 0
        if isDiscarding { return .message(.binary([])) }
        var isASCII = true
        let message: [UInt8] =
            length == 0
            ? []
            : Array(unsafeUninitializedCapacity: length) { target, count in
                // Both have a base: neither is empty.
                isASCII = header.key.copy(
                    from: bytes.baseAddress! + start, to: UnsafeMutableRawPointer(target.baseAddress!), count: length)
                count = length
            }
        guard header.opcode == .text else { return .message(.binary(message)) }
        if !isASCII {
            var check = UTF8Check()
            guard message.withUnsafeBytes({ check.accept($0) }) else { return failText() }
            guard check.isComplete else { return failCutText() }
        }
        return .message(.text(message))
    }

    /// Takes a piece of the current frame's payload, which is not empty.
    private mutating func take(_ piece: UnsafeRawBufferPointer) -> FrameEvent? {
        let key = frame.key.advanced(by: framePosition)
        framePosition += piece.count
        guard !frame.opcode.isControl else {
            controlPayload.appendUnmasked(piece, key: key)
            return nil
        }
        if isDiscarding { return nil }
        // What the last frame of a message announces bounds the growth; a middle one says nothing about the sum.
        if frame.isFinal {
            message.reserveGrowing(
                for: piece.count, atMost: message.count + piece.count + frame.payloadLength - framePosition)
        }
        // In steps that stay in the nearest cache for the check of the characters.
        var rest = piece[...]
        while !rest.isEmpty {
            let step = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.stepBytes))
            rest = rest.dropFirst(step.count)
            let isASCII = message.appendUnmasked(step, key: key)
            guard kind == .text, !(isASCII && utf8.isComplete) else { continue }
            let added = message.count - step.count
            let isValid = message.withUnsafeBytes { utf8.accept(UnsafeRawBufferPointer(rebasing: $0[added...])) }
            guard isValid else { return failText() }
        }
        return nil
    }

    /// A multiple of four, so that every step begins at the same byte of the key.
    private static var stepBytes: Int { 16 << 10 }

    /// The end of a frame: a message or control event, or nil after a fragment that others follow.
    private mutating func finishFrame() -> FrameEvent? {
        switch frame.opcode {
        case .ping: return .ping(takeControlPayload())
        case .pong: return .pong(takeControlPayload())
        case .close: return finishClose(takeControlPayload())
        case .continuation, .text, .binary:
            guard frame.isFinal else { return nil }
            guard kind != .text || utf8.isComplete || isDiscarding else { return failCutText() }
            let joined: WebSocketMessage = kind == .text ? .text(message) : .binary(message)
            forgetMessage()
            return .message(joined)
        }
    }

    private mutating func takeControlPayload() -> [UInt8] {
        defer { controlPayload = [] }
        return controlPayload
    }

    /// RFC 6455 section 5.5.1: nothing, or a code and a reason in UTF-8. One byte was refused with the header.
    private mutating func finishClose(_ payload: [UInt8]) -> FrameEvent {
        guard payload.count >= 2 else {
            end()
            return .close(nil, reason: "")
        }
        let code = CloseCode(rawValue: UInt16(payload[0]) << 8 | UInt16(payload[1]))
        guard code.isAllowedInFrame else { return fail(.protocolError, "close code \(code) must not be sent") }
        var check = UTF8Check()
        let isValid = payload.withUnsafeBytes { check.accept(UnsafeRawBufferPointer(rebasing: $0[2...])) }
        guard isValid, check.isComplete else { return fail(.invalidPayload, "close reason is not UTF-8") }
        end()
        return .close(code, reason: String(decoding: payload[2...], as: UTF8.self))
    }

    // MARK: The end

    private mutating func fail(_ code: CloseCode, _ reason: String) -> FrameEvent {
        end()
        return .violation(code, reason: reason)
    }

    private mutating func failText() -> FrameEvent { fail(.invalidPayload, "text is not UTF-8") }

    private mutating func failCutText() -> FrameEvent { fail(.invalidPayload, "text ends inside a character") }

    private mutating func end() {
        stage = .ended
        partialHeader = []
        controlPayload = []
        forgetMessage()
    }

    private mutating func forgetMessage() {
        kind = nil
        message = []
        fragments = 0
        utf8 = UTF8Check()
    }
}

extension [UInt8] {
    /// Appends bytes and takes their mask off; true when they are all ASCII.
    @discardableResult
    fileprivate mutating func appendUnmasked(_ piece: UnsafeRawBufferPointer, key: MaskKey) -> Bool {
        let start = count
        append(contentsOf: piece)
        return withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress, !piece.isEmpty else { return true }
            return key.copy(from: base + start, to: base + start, count: piece.count)
        }
    }

    /// Makes room for `more` bytes by doubling, without growing past `most`.
    fileprivate mutating func reserveGrowing(for more: Int, atMost most: Int) {
        let needed = count + more
        guard needed > capacity else { return }
        reserveCapacity(Swift.min(Swift.max(needed, capacity * 2), most))
    }
}
