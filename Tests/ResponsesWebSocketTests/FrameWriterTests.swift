import NIOCore
import ResponsesTesting
import Testing

@testable import ResponsesWebSocket

private func written(_ write: (inout ByteBuffer) -> Void) -> [UInt8] {
    var buffer = ByteBuffer()
    write(&buffer)
    return Array(buffer.readableBytesView)
}

@Suite struct FrameWriterTests {
    @Test(arguments: [0, 1, 125, 126, 127, 1000, 65_535, 65_536, 100_001])
    func writesTheShortestLengths(size: Int) {
        var random = SplitMix64(seed: UInt64(size))
        let payload = random.bytes(size)
        let plain = written { out in payload.withUnsafeBytes { FrameWriter.write(.binary, $0, into: &out) } }
        #expect(plain == rawFrame(2, payload, isMasked: false))
        #expect(plain.count == size + FrameWriter.headerLength(payload: size, isMasked: false))
        let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        let masked = written { out in
            payload.withUnsafeBytes { FrameWriter.write(.binary, $0, key: MaskKey(bits: 0x3D21_FA37), into: &out) }
        }
        #expect(masked == rawFrame(2, payload, key: key))
        #expect(masked.count == size + FrameWriter.headerLength(payload: size, isMasked: true))
    }

    @Test func writesFragments() {
        let bytes = written { out in
            ([0x61] as [UInt8]).withUnsafeBytes { FrameWriter.write(.text, $0, isFinal: false, into: &out) }
            ([0x62] as [UInt8]).withUnsafeBytes { FrameWriter.write(.continuation, $0, into: &out) }
        }
        #expect(bytes == [0x01, 1, 0x61, 0x80, 1, 0x62])
    }

    @Test(arguments: [[], [0], [5], [0, 0], [3, 3, 128], [125, 251, 400, 66_000], [1, 2, 3, 70_000, 70_000]] as [[Int]])
    func framesABatch(ends: [Int]) {
        let bytes = [UInt8](repeating: 0x61, count: ends.last ?? 0)
        let starts = [0] + ends.dropLast()
        let expected = zip(starts, ends).flatMap { rawFrame(1, Array(bytes[$0..<$1]), isMasked: false) }
        // After other bytes, as a tick's buffer has some.
        let batch = written { out in
            out.writeInteger(UInt8(7))
            bytes.withUnsafeBytes { FrameWriter.writeTextFrames($0, ends: ends, into: &out) }
        }
        #expect(batch == [7] + expected)
    }

    @Test func writesCloses() {
        #expect(written { FrameWriter.writeClose(nil, into: &$0) } == [0x88, 0])
        let bye = written { FrameWriter.writeClose(.goingAway, reason: "bye", into: &$0) }
        #expect(bye == [0x88, 5, 3, 0xE9, 0x62, 0x79, 0x65])
        // 123 bytes of reason at most, cut between characters.
        let long = written { FrameWriter.writeClose(.normal, reason: String(repeating: "é", count: 90), into: &$0) }
        #expect(long.count == 2 + 2 + 122)
        #expect(outcome(read(long, role: .client)) == ["close 1000 " + String(repeating: "é", count: 61)])
    }

    @Test func masksAtEveryOffset() {
        var random = SplitMix64(seed: 5)
        let payload = random.bytes(100)
        let key: [UInt8] = [1, 2, 3, 4]
        let expected = payload.enumerated().map { $1 ^ key[$0 % 4] }
        for cut in 0...payload.count {
            var joined: [UInt8] = []
            for range in [0..<cut, cut..<payload.count] where !range.isEmpty {
                joined += Array(unsafeUninitializedCapacity: range.count) { target, count in
                    count = range.count
                    payload.withUnsafeBytes { source in
                        _ = MaskKey(bits: 0x0403_0201).advanced(by: range.lowerBound).copy(
                            from: source.baseAddress! + range.lowerBound, to: target.baseAddress!, count: count)
                    }
                }
            }
            #expect(joined == expected, "cut at \(cut)")
        }
    }

    @Test func seesWhetherAllIsASCII() {
        for length in 0..<80 {
            for wrong in -1..<length {
                var bytes = [UInt8](repeating: 0x7F, count: length + 1)
                if wrong >= 0 { bytes[wrong] = 0x80 }
                let isASCII = bytes.withUnsafeMutableBytes {
                    MaskKey.none.copy(from: $0.baseAddress!, to: $0.baseAddress!, count: length)
                }
                #expect(isASCII == (wrong < 0))
            }
        }
    }
}
