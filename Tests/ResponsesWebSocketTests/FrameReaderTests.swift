import ResponsesTesting
import Testing

@testable import ResponsesWebSocket

private let x125 = [UInt8](repeating: 0x78, count: 125)
private let x126 = [UInt8](repeating: 0x78, count: 126)
private let euro: [UInt8] = [0xE2, 0x82, 0xAC]

private let goodFrames: [FrameRule] = [
    FrameRule("empty text", text(""), "text "),
    FrameRule("text", text("Hello"), "text Hello"),
    FrameRule(
        "the example of RFC 6455 section 5.7", [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58], "text Hello"),
    FrameRule("text beyond ASCII", text("Grüße, 世界 🌍"), "text Grüße, 世界 🌍"),
    FrameRule("empty binary", rawFrame(2), "binary 0"),
    FrameRule("binary that is not UTF-8", rawFrame(2, [0xFF, 0xFE]), "binary 2"),
    FrameRule("125 bytes", rawFrame(2, x125), "binary 125"),
    FrameRule("126 bytes", rawFrame(2, x126), "binary 126"),
    FrameRule("65,535 bytes", rawFrame(2, .init(repeating: 1, count: 65_535)), "binary 65535"),
    FrameRule("65,536 bytes", rawFrame(2, .init(repeating: 1, count: 65_536)), "binary 65536"),
    FrameRule("two messages", text("a") + text("b"), "text a", "text b"),
    FrameRule("two fragments", text("Hel", isFinal: false) + more("lo"), "text Hello"),
    FrameRule("empty fragments", text("", isFinal: false) + more("", isFinal: false) + more(""), "text "),
    FrameRule("fragments of binary", rawFrame(2, [1], isFinal: false) + rawFrame(0, [2]), "binary 2"),
    FrameRule(
        "a character over fragments",
        rawFrame(1, [0xE2], isFinal: false) + rawFrame(0, [0x82], isFinal: false) + rawFrame(0, [0xAC]), "text €"),
    FrameRule(
        "control frames between fragments",
        text("a", isFinal: false) + rawFrame(9, [1]) + more("b", isFinal: false) + rawFrame(10) + more("c"),
        "ping 1", "pong 0", "text abc"),
    FrameRule(
        "a ping inside a character",
        rawFrame(1, [0xE2], isFinal: false) + rawFrame(9) + rawFrame(0, [0x82, 0xAC]), "ping 0", "text €"),
    FrameRule("ping and pong of 125", rawFrame(9, x125) + rawFrame(10, x125), "ping 125", "pong 125"),
    FrameRule("other key per frame", text("a", isFinal: false) + rawFrame(0, [0x62], key: [1, 2, 3, 4]), "text ab"),
    FrameRule("a zero key", rawFrame(1, [0x61], key: [0, 0, 0, 0]), "text a"),
    FrameRule("fragmented, then whole", text("a", isFinal: false) + more("b") + text("c"), "text ab", "text c"),
]

private let badFrames: [FrameRule] = [
    FrameRule("RSV1", rawFrame(1, reserved: 4), "fail 1002"),
    FrameRule("RSV2", rawFrame(1, reserved: 2), "fail 1002"),
    FrameRule("RSV3", rawFrame(1, reserved: 1), "fail 1002"),
    FrameRule("RSV1 on a ping", rawFrame(9, reserved: 4), "fail 1002"),
    FrameRule("RSV1 on a continuation", text("a", isFinal: false) + rawFrame(0, reserved: 4), "fail 1002"),
    FrameRule("unmasked", rawFrame(1, isMasked: false), "fail 1002"),
    FrameRule("unmasked ping", rawFrame(9, isMasked: false), "fail 1002"),
    FrameRule("after a good message", text("a") + rawFrame(1, reserved: 7), "text a", "fail 1002"),
    FrameRule("fragmented ping", rawFrame(9, isFinal: false), "fail 1002"),
    FrameRule("fragmented pong", rawFrame(10, isFinal: false), "fail 1002"),
    FrameRule("fragmented close", rawFrame(8, isFinal: false), "fail 1002"),
    FrameRule("ping of 126", rawFrame(9, x126), "fail 1002"),
    FrameRule("pong of 126", rawFrame(10, x126), "fail 1002"),
    FrameRule("close of 126", rawFrame(8, [3, 0xE8] + x126), "fail 1002"),
    FrameRule("ping with a long length", rawFrame(9, [1], length: .twoBytes), "fail 1002"),
    FrameRule("continuation first", more("a"), "fail 1002"),
    FrameRule("continuation after a whole message", text("a") + more("b"), "text a", "fail 1002"),
    FrameRule("continuation, not final, first", more("a", isFinal: false), "fail 1002"),
    FrameRule("text inside a message", text("a", isFinal: false) + text("b"), "fail 1002"),
    FrameRule("binary inside a message", text("a", isFinal: false) + rawFrame(2), "fail 1002"),
    FrameRule("5 in two bytes", rawFrame(1, [1, 2, 3, 4, 5], length: .twoBytes), "fail 1002"),
    FrameRule("125 in two bytes", rawFrame(2, x125, length: .twoBytes), "fail 1002"),
    FrameRule("126 in eight bytes", rawFrame(2, x126, length: .eightBytes), "fail 1002"),
    FrameRule("65,535 in eight bytes", rawFrame(2, length: .eightBytes, claim: 65_535), "fail 1002"),
    FrameRule("top bit of the length", rawFrame(2, length: .eightBytes, claim: 1 << 63), "fail 1002"),
    FrameRule("all bits of the length", rawFrame(2, length: .eightBytes, claim: .max), "fail 1002"),
    FrameRule("the largest lawful length", rawFrame(2, claim: UInt64(Int64.max)), "fail 1009"),
    FrameRule("stray byte in text", rawFrame(1, [0x61, 0x80]), "fail 1007"),
    FrameRule("text ends in a character", rawFrame(1, [0xE2, 0x82]), "fail 1007"),
    FrameRule("overlong text", rawFrame(1, [0xC0, 0xAF]), "fail 1007"),
    FrameRule("surrogate in text", rawFrame(1, [0xED, 0xA0, 0x80]), "fail 1007"),
    FrameRule("above U+10FFFF", rawFrame(1, [0xF4, 0x90, 0x80, 0x80]), "fail 1007"),
    FrameRule("bad text in the first fragment", rawFrame(1, [0xFF], isFinal: false), "fail 1007"),
    FrameRule("bad text in a later fragment", text("a", isFinal: false) + rawFrame(0, [0xFF]), "fail 1007"),
    FrameRule("character cut by the last fragment", rawFrame(1, [0xE2], isFinal: false) + more(""), "fail 1007"),
    FrameRule("character broken between fragments", rawFrame(1, [0xE2], isFinal: false) + more("a"), "fail 1007"),
    FrameRule("bad text late in a long one", rawFrame(1, .init(repeating: 0x61, count: 70_000) + [0xFF]), "fail 1007"),
]

private let closes: [FrameRule] = [
    FrameRule("empty", rawFrame(8), "close -"),
    FrameRule("code", closing(1000), "close 1000"),
    FrameRule("code and reason", closing(1001, "bye ☕"), "close 1001 bye ☕"),
    FrameRule(
        "reason of 123", rawFrame(8, [3, 0xE8] + x125.dropLast(2)), "close 1000 " + String(repeating: "x", count: 123)),
    FrameRule("inside a message", text("a", isFinal: false) + closing(1000), "close 1000"),
    FrameRule("half a code", rawFrame(8, [3]), "fail 1002"),
    FrameRule("bad reason", rawFrame(8, [3, 0xE8, 0xFF]), "fail 1007"),
    FrameRule("reason ends in a character", rawFrame(8, [3, 0xE8] + euro.dropLast()), "fail 1007"),
    FrameRule("bad code and bad reason", rawFrame(8, [0, 0, 0xFF]), "fail 1002"),
]

@Suite struct FrameReaderTests {
    @Test(arguments: goodFrames)
    func readsLawfulFrames(rule: FrameRule) {
        #expect(outcome(read(rule.bytes + text("end"))) == rule.expected + ["text end"])
    }

    @Test(arguments: badFrames + closes)
    func endsAtTheRightCode(rule: FrameRule) {
        // One that arrives in pieces must end the same, and nothing after the end may be read.
        #expect(outcome(read(rule.bytes + text("end"))) == rule.expected)
    }

    @Test(arguments: UInt8(0)...15)
    func knowsItsOpcodes(opcode: UInt8) {
        let isKnown = [1, 2, 8, 9, 10].contains(opcode)
        let events = outcome(read(rawFrame(opcode)))
        #expect((events == ["fail 1002"]) == !isKnown)
    }

    @Test func knowsItsCloseCodes() {
        let lawful = Set([1000...1003, 1007...1014, 3000...4999].joined().map { UInt16($0) })
        for code in UInt16.min...UInt16.max {
            let expected = lawful.contains(code) ? "close \(code)" : "fail 1002"
            #expect(outcome(read(closing(code))) == [expected])
        }
    }

    @Test func readsAsClient() {
        #expect(outcome(read(rawFrame(1, [0x61], isMasked: false), role: .client)) == ["text a"])
        #expect(outcome(read(text("a"), role: .client)) == ["fail 1002"])
        let fragments = rawFrame(1, [0x61], isFinal: false, isMasked: false) + rawFrame(0, [0x62], isMasked: false)
        #expect(outcome(read(fragments, role: .client)) == ["text ab"])
    }

    // MARK: Limits

    @Test func refusesALargeMessageByItsHeader() {
        var limits = WebSocketLimits()
        limits.messageBytesMax = 1000
        #expect(outcome(read(rawFrame(2, .init(repeating: 0, count: 1000)), limits: limits)) == ["binary 1000"])
        // Not one byte of the payload is there.
        #expect(outcome(read(rawFrame(2, claim: 1001), limits: limits)) == ["fail 1009"])
        let sum = rawFrame(2, .init(repeating: 0, count: 600), isFinal: false)
        #expect(outcome(read(sum + rawFrame(0, claim: 401), limits: limits)) == ["fail 1009"])
        #expect(outcome(read(sum + rawFrame(0, .init(repeating: 0, count: 400)), limits: limits)) == ["binary 1000"])
        // Control frames are not part of the message.
        #expect(outcome(read(sum + rawFrame(9, x125), limits: limits)) == ["ping 125"])
    }

    @Test func endsEndlessFragments() {
        var limits = WebSocketLimits()
        limits.fragmentsMax = 3
        let empty = rawFrame(0, isFinal: false)
        let start = rawFrame(1, isFinal: false)
        #expect(outcome(read(start + empty + rawFrame(0), limits: limits)) == ["text "])
        #expect(outcome(read(start + empty + empty + rawFrame(0), limits: limits)) == ["fail 1009"])
        let message = start + empty + rawFrame(0)
        #expect(outcome(read(message + message, limits: limits)) == ["text ", "text "])
    }

    @Test func keepsMemoryToWhatArrived() {
        var reader = FrameReader(role: .server)
        // 60 MiB are claimed, 1,000 bytes come.
        #expect(reader.events(in: rawFrame(2, .init(repeating: 0, count: 1000), claim: 60 << 20)) == [])
        #expect(reader.bufferedBytes == 1000)
        #expect(reader.bufferCapacity < 4096)
        for _ in 0..<1000 { _ = reader.events(in: .init(repeating: 0, count: 1000)) }
        #expect(reader.bufferedBytes == 1_001_000)
        #expect(reader.bufferCapacity < 2_100_000)
    }

    @Test func keepsNothingAfterAMessage() {
        var reader = FrameReader(role: .server)
        _ = reader.events(in: text("a", isFinal: false) + more("b") + rawFrame(9, x125))
        #expect(reader.bufferedBytes == 0)
        _ = reader.events(in: rawFrame(2, .init(repeating: 0, count: 500_000), isFinal: false) + rawFrame(1))
        #expect(reader.hasEnded)
        #expect(reader.bufferCapacity == 0)
    }

    @Test func failsTextAtItsFirstWrongByte() {
        var reader = FrameReader(role: .server)
        #expect(reader.events(in: Array(rawFrame(1, [0x61, 0xFF, 0x61, 0x61]).prefix(6 + 1))) == [])
        let rest = rawFrame(1, [0x61, 0xFF, 0x61, 0x61]).dropFirst(7).prefix(1)
        #expect(outcome(reader.events(in: Array(rest))) == ["fail 1007"])
    }

    // MARK: Splits

    @Test(arguments: goodFrames + badFrames + closes)
    func splitsDoNotMatter(rule: FrameRule) {
        let bytes = rule.bytes + text("end")
        let whole = read(bytes)
        guard bytes.count < 1000 else { return }
        for cut in 0...bytes.count {
            #expect(read(bytes, cutAt: [cut]) == whole, "cut at \(cut)")
        }
        #expect(read(bytes, cutAt: Array(1..<bytes.count)) == whole, "byte by byte")
    }

    /// Goal: any split of the same bytes yields the same events.
    /// Method: draw lawful frames, sometimes one wrong byte, cut at random places, compare with the whole.
    @Test(arguments: UInt64(0)..<150)
    func randomSplitsDoNotMatter(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...12, using: &random) {
            let size = [0, 3, 125, 126, 1000, 40_000, 70_000].randomElement(using: &random)!
            let isText = Bool.random(using: &random)
            let letters = ["a", "ß", "世", "🌍", "abcdefgh"].randomElement(using: &random)!
            let payload = isText ? Array(String(repeating: letters, count: size / 8).utf8) : random.bytes(size)
            let pieces = Int.random(in: 1...4, using: &random)
            for piece in 0..<pieces {
                let part = payload[piece * payload.count / pieces..<(piece + 1) * payload.count / pieces]
                bytes += rawFrame(
                    piece > 0 ? 0 : isText ? 1 : 2, Array(part), isFinal: piece == pieces - 1, key: random.bytes(4))
                if Int.random(in: 0..<4, using: &random) == 0 {
                    bytes += rawFrame(9, random.bytes(Int.random(in: 0...125, using: &random)))
                }
            }
        }
        let isBroken = Int.random(in: 0..<3, using: &random) == 0
        if isBroken {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        }
        let whole = read(bytes)
        if !isBroken { #expect(!whole.contains { if case .violation = $0 { true } else { false } }) }
        for _ in 0..<5 {
            let count = Int.random(in: 1...40, using: &random)
            let cuts = (0..<count).map { _ in Int.random(in: 0...bytes.count, using: &random) }
            #expect(read(bytes, cutAt: cuts.sorted()) == whole)
        }
    }

    @Test(arguments: [1 << 20, (1 << 20) + 3])
    func readsBigMessages(size: Int) {
        var random = SplitMix64(seed: UInt64(size))
        let payload = random.bytes(size)
        let bytes = rawFrame(2, payload)
        #expect(read(bytes) == [.binary(payload)])
        #expect(read(bytes, cutAt: Array(stride(from: 1, to: bytes.count, by: 65_521))) == [.binary(payload)])
        let small = stride(from: 0, to: size, by: 64).map { start in
            rawFrame(start == 0 ? 2 : 0, Array(payload[start..<min(start + 64, size)]), isFinal: start + 64 >= size)
        }
        #expect(read(Array(small.joined())) == [.binary(payload)])
    }
}
