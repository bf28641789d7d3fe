import NIOCore

@testable import ResponsesWebSocket

/// A frame built byte by byte, apart from `FrameWriter`, so that the two cannot be wrong together.
func rawFrame(
    _ opcode: UInt8, _ payload: [UInt8] = [], isFinal: Bool = true, reserved: UInt8 = 0, isMasked: Bool = true,
    key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D], length: LengthForm = .shortest, claim: UInt64? = nil
) -> [UInt8] {
    let count = claim ?? UInt64(payload.count)
    var bytes = [(isFinal ? 0x80 : 0) | reserved << 4 | opcode]
    let mask: UInt8 = isMasked ? 0x80 : 0
    func bigEndian(_ width: Int) -> [UInt8] {
        (0..<width).reversed().map { UInt8(truncatingIfNeeded: count >> UInt64(8 * $0)) }
    }
    switch length {
    case .shortest where count <= 125: bytes.append(mask | UInt8(count))
    case .shortest where count <= 0xFFFF: bytes += [mask | 126] + bigEndian(2)
    case .shortest: bytes += [mask | 127] + bigEndian(8)
    case .twoBytes: bytes += [mask | 126] + bigEndian(2)
    case .eightBytes: bytes += [mask | 127] + bigEndian(8)
    }
    guard isMasked else { return bytes + payload }
    return bytes + key + payload.enumerated().map { $1 ^ key[$0 % 4] }
}

func text(_ string: String, isFinal: Bool = true) -> [UInt8] { rawFrame(1, Array(string.utf8), isFinal: isFinal) }
func more(_ string: String, isFinal: Bool = true) -> [UInt8] { rawFrame(0, Array(string.utf8), isFinal: isFinal) }
func closing(_ code: UInt16, _ reason: String = "") -> [UInt8] {
    rawFrame(8, [UInt8(code >> 8), UInt8(code & 0xFF)] + Array(reason.utf8))
}

extension FrameReader {
    /// All events of one piece of input.
    mutating func events(in bytes: [UInt8]) -> [FrameEvent] {
        var events: [FrameEvent] = []
        bytes.withUnsafeBytes { input in
            var offset = 0
            while let event = next(in: input, from: &offset) { events.append(event) }
            precondition(offset == input.count, "The reader must take all bytes.")
        }
        return events
    }
}

/// The events of bytes that arrive cut at the given places.
func read(
    _ bytes: [UInt8], cutAt cuts: [Int] = [], role: WebSocketRole = .server, limits: WebSocketLimits = WebSocketLimits()
) -> [FrameEvent] {
    var reader = FrameReader(role: role, limits: limits)
    var events: [FrameEvent] = []
    var start = 0
    for cut in cuts + [bytes.count] {
        events += reader.events(in: Array(bytes[start..<cut]))
        start = cut
    }
    return events
}

extension FrameEvent {
    static func text(_ string: String) -> FrameEvent { .message(.text(Array(string.utf8))) }
    static func binary(_ bytes: [UInt8]) -> FrameEvent { .message(.binary(bytes)) }
}

/// The code of a violation and nothing else, as tables name codes and not sentences.
func outcome(_ events: [FrameEvent]) -> [String] {
    events.map { event in
        switch event {
        case .message(.text(let bytes)): "text \(String(decoding: bytes, as: UTF8.self))"
        case .message(.binary(let bytes)): "binary \(bytes.count)"
        case .ping(let bytes): "ping \(bytes.count)"
        case .pong(let bytes): "pong \(bytes.count)"
        case .close(let code, let reason): "close \(code.map(\.description) ?? "-")\(reason.isEmpty ? "" : " \(reason)")"
        case .violation(let code, _): "fail \(code)"
        }
    }
}
