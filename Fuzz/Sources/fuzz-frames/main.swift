import FuzzSupport
import LibC
import ResponsesWebSocket

// Goal: whatever bytes a peer sends, the frame reader neither traps nor reads beyond them, yields the same events however
// the bytes are cut, keeps no more than its limits and the bytes received allow, and says nothing after an end.
// Method: the first two bytes of an input choose role and cuts, the rest is the stream. Limits are small, so that they are
// reached.

let limits = {
    var limits = WebSocketLimits()
    limits.messageBytesMax = 300
    limits.fragmentsMax = 6
    return limits
}()

/// Feeds the stream in pieces of the sizes `nextSize` names and checks the memory between them.
func events(of stream: [UInt8], role: WebSocketRole, nextSize: () -> Int) -> [FrameEvent] {
    var reader = FrameReader(role: role, limits: limits)
    var events: [FrameEvent] = []
    var start = 0
    while start < stream.count {
        // A copy of its own for each piece, so that the sanitizer sees a read beyond it.
        let piece = Array(stream[start..<min(start + max(1, nextSize()), stream.count)])
        start += piece.count
        piece.withUnsafeBytes { bytes in
            var offset = 0
            while let event = reader.next(in: bytes, from: &offset) {
                require(events.last.map { !isEnd($0) } ?? true, "an event after the end: \(event)")
                events.append(event)
            }
            require(offset == bytes.count, "bytes were left in the input")
        }
        require(reader.hasEnded == (events.last.map(isEnd) ?? false), "the end is not the last event")
        require(reader.bufferedBytes <= limits.messageBytesMax + FrameOpcode.controlPayloadMax, "too much is kept")
        require(reader.bufferCapacity <= 2 * start + 256, "memory for bytes that never came")
    }
    return events
}

func isEnd(_ event: FrameEvent) -> Bool {
    switch event {
    case .close, .violation: true
    case .message, .ping, .pong: false
    }
}

/// What must hold of every single event.
func check(_ event: FrameEvent) {
    switch event {
    case .message(.text(let bytes)):
        require(bytes.count <= limits.messageBytesMax, "a message above the limit")
        require(String(validating: bytes, as: UTF8.self) != nil, "a text that is not UTF-8")
    case .message(.binary(let bytes)):
        require(bytes.count <= limits.messageBytesMax, "a message above the limit")
    case .ping(let bytes), .pong(let bytes):
        require(bytes.count <= FrameOpcode.controlPayloadMax, "a control frame above 125 bytes")
    case .close(let code, let reason):
        require(code?.isAllowedInFrame ?? reason.isEmpty, "a close code that must not be sent")
    case .violation(let code, let reason):
        require([.protocolError, .invalidPayload, .messageTooBig].contains(code), "an unexpected code \(code)")
        require(!reason.isEmpty && reason.utf8.count <= 123, "a reason that does not fit a close frame")
    }
}

exit(
    fuzz { start, count in
        var input = FuzzInput(start, count)
        let role: WebSocketRole = input.nextByte() & 1 == 0 ? .server : .client
        var state = UInt32(input.nextByte()) | 1
        let stream = input.rest

        let whole = events(of: stream, role: role) { stream.count }
        for event in whole { check(event) }
        let bytewise = events(of: stream, role: role) { 1 }
        require(bytewise == whole, "byte by byte: \(bytewise), whole: \(whole)")
        let pieces = events(of: stream, role: role) {
            state = state &* 1_664_525 &+ 1_013_904_223
            return Int(state >> 24) % 40
        }
        require(pieces == whole, "in pieces: \(pieces), whole: \(whole)")
        return 0
    })
