import ResponsesAPI
import ResponsesWebSocket
import Synchronization
import Testing

/// A WebSocket client on a raw connection: frames can be wrong, late or never read, as a test likes.
final class Socket: Sendable {
    /// The server answered the handshake with something else than 101.
    struct Refused: Error { var response: WireResponse }

    private struct Inbox {
        var reader = FrameReader(role: .client)
        var events: [FrameEvent] = []
    }

    let wire: Wire
    /// The head of the 101.
    let response: WireResponse
    private let inbox = Mutex(Inbox())

    private init(_ wire: Wire, _ response: WireResponse) {
        self.wire = wire
        self.response = response
    }

    static func connect(
        port: Int, path: String = "/v1/responses", headers: [(String, String)] = [], receiveBuffer: Int? = nil
    ) async throws -> Socket {
        let wire = try await Wire.connect(port: port, receiveBuffer: receiveBuffer)
        try await wire.request("GET", path, headers: Self.handshake + headers)
        let response = try await wire.response()
        guard response.status == 101 else {
            await wire.close()
            throw Refused(response: response)
        }
        return Socket(wire, response)
    }

    static let handshake = [
        ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ]

    // MARK: Sending

    func send(_ text: String) async throws { try await send(.text, Array(text.utf8)) }

    func send(_ opcode: FrameOpcode, _ payload: [UInt8] = [], isFinal: Bool = true) async throws {
        try await wire.send(Self.frame(opcode, payload, isFinal: isFinal))
    }

    static func frame(_ opcode: FrameOpcode, _ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
        let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        var bytes = [(isFinal ? 0x80 : 0) | opcode.rawValue]
        switch payload.count {
        case ...125: bytes.append(0x80 | UInt8(payload.count))
        case ...0xFFFF: bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default: bytes += [0x80 | 127] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: payload.count >> ($0 * 8)) }
        }
        return bytes + key + payload.enumerated().map { $1 ^ key[$0 % 4] }
    }

    // MARK: Receiving

    /// The next frame, or nil when TCP ended.
    func frame() async -> FrameEvent? {
        while true {
            if let event = inbox.withLock({ $0.events.isEmpty ? nil : $0.events.removeFirst() }) { return event }
            guard let bytes = await wire.readSome() else { return nil }
            inbox.withLock { inbox in
                bytes.withUnsafeBytes { input in
                    var offset = 0
                    while let event = inbox.reader.next(in: input, from: &offset) { inbox.events.append(event) }
                }
            }
        }
    }

    /// The next text message; pings and pongs are passed over.
    ///
    /// - Throws: `Wire.Ended` when a close frame or the end of TCP comes instead.
    func event() async throws -> RawJSON {
        while let frame = await frame() {
            switch frame {
            case .message(.text(let bytes)): return try RawJSON(parsing: bytes)
            case .ping, .pong: continue
            case .message(.binary), .close, .violation:
                Issue.record("expected an event, not \(frame)")
                throw Wire.Ended()
            }
        }
        throw Wire.Ended()
    }

    /// Events up to and with the first of this type.
    func events(through type: String) async throws -> [RawJSON] {
        var events: [RawJSON] = []
        repeat { events.append(try await event()) } while events.last?.type != type
        return events
    }

    /// The last event of a turn: a terminal event or an `error`.
    func terminal() async throws -> RawJSON {
        while true {
            let event = try await event()
            switch event.type {
            case "response.completed", "response.failed", "response.incomplete", "error": return event
            default: continue
            }
        }
    }

    /// All events of a whole turn.
    func all(_ fields: String) async throws -> [RawJSON] {
        try await send(create(fields))
        return try await events(through: "response.completed")
    }

    /// The last event of a whole turn with default settings.
    func turn(_ fields: String) async throws -> RawJSON {
        try await send(create(fields))
        return try await terminal()
    }

    /// The code of the close frame that comes next, whatever comes before; nil when TCP ends without one.
    func closeCode() async -> UInt16? {
        while let frame = await frame() {
            if case .close(let code, _) = frame { return code?.rawValue }
        }
        return nil
    }

    /// Says goodbye and waits until the server ended TCP.
    func close() async {
        try? await send(.close, [0x03, 0xE8])
        _ = await wire.readToEnd()
        await wire.close()
    }
}

/// A `response.create` for the scripted or the hand-driven engine; `fields` come after the model.
func create(_ fields: String) -> String {
    let model = fields.contains(#""model""#) ? "" : #""model":"m","#
    return #"{"type":"response.create",\#(model)\#(fields)}"#
}

extension RawJSON {
    var type: String { self["type"]?.stringValue ?? "" }
    /// A value by its path of names and indices, such as `response.output.0.id`.
    func at(_ path: String) -> RawJSON? {
        var value: RawJSON? = self
        for name in path.split(separator: ".") {
            if let index = Int(name) {
                let elements = value?.elements ?? []
                value = elements.indices.contains(index) ? elements[index] : nil
            } else {
                value = value?[String(name)]
            }
        }
        return value
    }

    func string(_ path: String) -> String? { at(path)?.stringValue }
    func int(_ path: String) -> Int? { at(path)?.intValue }
}
