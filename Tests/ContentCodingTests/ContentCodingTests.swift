import CCompression
import Testing

@testable import ContentCoding

@Suite struct ContentCodingTests {
    private static let text = Array(#"{"model":"m","input":"Hello, hello, hello"}"#.utf8)

    @Test(arguments: [
        ("gzip", ContentCoding.gzip), ("X-Gzip", .gzip), ("deflate", .deflate), ("zstd", .zstd), ("br", nil), ("gzip, zstd", nil),
        ("", nil),
    ] as [(String, ContentCoding?)])
    func namesOfCodings(field: String, coding: ContentCoding?) { #expect(ContentCoding(field) == coding) }

    @Test("what was compressed comes back, in one piece and in several members or frames")
    func roundTrips() throws {
        for (coding, packed) in try Self.packed(Self.text) {
            #expect(try coding.decoded(packed, upTo: 1000) == Self.text)
            if coding != .deflate { #expect(try coding.decoded(packed + packed, upTo: 1000) == Self.text + Self.text) }
        }
        #expect(try ContentCoding.deflate.decoded(Self.deflated(Self.text, window: -15), upTo: 1000) == Self.text)
    }

    @Test("the limit is one of the result, to the byte")
    func limits() throws {
        let zeros = [UInt8](repeating: 0, count: 5 << 20)
        for (coding, packed) in try Self.packed(zeros) {
            #expect(packed.count < 10_000)
            #expect(try coding.decoded(packed, upTo: zeros.count) == zeros)
            #expect(throws: ContentCoding.Failure.tooLarge) { try coding.decoded(packed, upTo: zeros.count - 1) }
            #expect(throws: ContentCoding.Failure.tooLarge) { try coding.decoded(packed, upTo: 0) }
        }
    }

    @Test("a body that is cut anywhere, or another's, is broken")
    func brokenBodies() throws {
        for (coding, packed) in try Self.packed(Self.text) {
            for count in 0..<packed.count {
                #expect(throws: ContentCoding.Failure.broken) { try coding.decoded(Array(packed[..<count]), upTo: 1000) }
            }
            #expect(throws: ContentCoding.Failure.broken) { try coding.decoded(Self.text, upTo: 1000) }
        }
    }

    // MARK: The libraries the other way

    private static func packed(_ bytes: [UInt8]) throws -> [(ContentCoding, [UInt8])] {
        [(.gzip, deflated(bytes, window: 31)), (.deflate, deflated(bytes, window: 15)), (.zstd, try zstandard(bytes))]
    }

    private static func deflated(_ bytes: [UInt8], window: Int32) -> [UInt8] {
        var stream = z_stream()
        deflateInit2_(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        defer { deflateEnd(&stream) }
        var (input, output) = (bytes, [UInt8](repeating: 0, count: bytes.count + 100))
        let count = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                (stream.next_in, stream.avail_in) = (input.baseAddress, UInt32(input.count))
                (stream.next_out, stream.avail_out) = (output.baseAddress, UInt32(output.count))
                deflate(&stream, Z_FINISH)
                return Int(stream.total_out)
            }
        }
        return Array(output[..<count])
    }

    private static func zstandard(_ bytes: [UInt8]) throws -> [UInt8] {
        var output = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
        let count = ZSTD_compress(&output, output.count, bytes, bytes.count, 3)
        try #require(ZSTD_isError(count) == 0)
        return Array(output[..<count])
    }
}
