import ResponsesTesting
import Testing

@testable import ResponsesWebSocket

private func accepts(_ pieces: [[UInt8]]) -> Bool {
    var check = UTF8Check()
    for piece in pieces {
        guard piece.withUnsafeBytes({ check.accept($0) }) else { return false }
    }
    return check.isComplete
}

@Suite struct UTF8CheckTests {
    /// Goal: agree with the standard library on every text.
    /// Method: random bytes that are often close to right, in every cut in two.
    @Test(arguments: UInt64(0)..<200)
    func agreesWithTheStandardLibrary(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 0...8, using: &random) {
            let scalar = [0x41, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x10000, 0x10FFFF]
                .randomElement(using: &random)!
            bytes += Array(String(Unicode.Scalar(UInt32(scalar))!).utf8)
            bytes += [UInt8](repeating: 0x61, count: Int.random(in: 0...9, using: &random))
        }
        if !bytes.isEmpty, Bool.random(using: &random) {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8(truncatingIfNeeded: random.next())
        }
        let isText = String(validating: bytes, as: UTF8.self) != nil
        #expect(accepts([bytes]) == isText)
        for cut in 0...bytes.count {
            #expect(accepts([Array(bytes[..<cut]), Array(bytes[cut...])]) == isText)
        }
    }

    @Test func agreesOnAllShortForms() {
        for first in UInt8(0x80)...0xFF {
            for second in stride(from: 0x00, through: 0xFF, by: 0x08) {
                for tail in [[], [0x80], [0xBF, 0x80], [0x80, 0xBF]] as [[UInt8]] {
                    for bytes in [[first, UInt8(second)] + tail, [first, UInt8(second | 7)] + tail] {
                        #expect(accepts([bytes]) == (String(validating: bytes, as: UTF8.self) != nil), "\(bytes)")
                    }
                }
            }
        }
    }

    @Test(arguments: [[0xC0], [0xC1], [0xE0, 0x9F], [0xED, 0xA0], [0xF0, 0x8F], [0xF4, 0x90], [0xF5], [0x80]] as [[UInt8]])
    func failsAtTheFirstWrongByte(bytes: [UInt8]) {
        var check = UTF8Check()
        #expect(bytes.dropLast().withContiguousStorageIfAvailable { check.accept(UnsafeRawBufferPointer($0)) } != false)
        #expect([bytes.last!].withUnsafeBytes { !check.accept($0) })
    }
}
