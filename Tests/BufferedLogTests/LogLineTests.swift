import Logging
import Testing

@testable import BufferedLog

/// How a line looks, and what can never be in one.
@Suite struct LogLineTests {
    private func line(_ message: String, _ fields: [(String, LogLine.Value)] = [], _ format: LogFormat = .text) -> String {
        var line = LogLine(time: Timestamp(milliseconds: 1_795_620_060_123), level: .warning, message: message, logger: "hotline")
        line.fields = fields.map { (name: $0.0, value: $0.1) }
        return String(decoding: line.bytes(format), as: UTF8.self)
    }

    @Test func text() {
        #expect(
            line("engine failed", [("request", .text("req_1")), ("words", .text("no \"such\" model")), ("ms", .literal("12")), ("empty", .text(""))])
                == "2026-11-25T15:21:00.123Z warning engine failed request=req_1 words=\"no \\\"such\\\" model\" ms=12 empty=\"\"\n")
    }

    @Test func json() {
        #expect(
            line("engine failed", [("request", .text("req_1")), ("words", .text("a\"b\\c")), ("ms", .literal("12"))], .json)
                == #"{"time":"2026-11-25T15:21:00.123Z","level":"warning","message":"engine failed","logger":"hotline","request":"req_1","words":"a\"b\\c","ms":12}"#
                + "\n")
    }

    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"), (951_868_799_999, "2000-02-29T23:59:59.999Z"),
        (1_709_164_800_001, "2024-02-29T00:00:00.001Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (1_798_761_599_999, "2026-12-31T23:59:59.999Z"), (1_798_761_600_000, "2027-01-01T00:00:00.000Z"),
    ])
    func times(_ milliseconds: Int64, _ expected: String) {
        var bytes: [UInt8] = []
        Timestamp(milliseconds: milliseconds).append(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test(arguments: [
        ("plain", "plain"), ("a b", #""a b""#), ("a=b", #""a=b""#), (#"a\b"#, #""a\\b""#), ("a\nb", #""a\nb""#), ("a\r\n\tb", #""a\r\n\tb""#),
        ("\u{1B}[2J", #""\u001b[2J""#), ("\u{9B}2J", #""\u009b2J""#), ("\u{7F}", #""\u007f""#), ("a\u{2028}b", #""a\u2028b""#),
        ("a\u{202E}b", #""a\u202eb""#), ("\u{0}", #""\u0000""#), ("été 😀", #""été 😀""#), ("\u{E0001}", #""\udb40\udc01""#),
        (String(decoding: [0x61, 0xFF, 0x62], as: UTF8.self), "\"a\u{FFFD}b\""),
    ])
    func values(_ value: String, _ expected: String) {
        #expect(line("m", [("k", .text(value))]) == "2026-11-25T15:21:00.123Z warning m k=\(expected)\n")
        let quoted = expected.hasPrefix("\"") ? expected : "\"\(expected)\""
        #expect(line("m", [("k", .text(value))], .json).hasSuffix(#","k":\#(quoted)}"# + "\n"))
    }

    @Test func everyScalarLeavesOneLineThatActsOnNoTerminal() {
        for value in (UInt32(0)...0x3000).compactMap(Unicode.Scalar.init) {
            for format in LogFormat.allCases {
                let text = line("a\(value)b", [("k", .text("c\(value)d"))], format)
                let body = text.utf8.dropLast()
                #expect(text.utf8.last == 0x0A)
                #expect(body.allSatisfy { $0 >= 0x20 && $0 != 0x7F }, "\(value.value)")
                #expect(text.unicodeScalars.dropLast().allSatisfy { !(0x80...0x9F).contains($0.value) && $0.value != 0x2028 && $0.value != 0x202E })
            }
        }
    }

    @Test func aLongValueIsCut() {
        for format in LogFormat.allCases {
            let text = line("m", [("k", .text(String(repeating: "é", count: 100_000))), ("z", .literal("1"))], format)
            #expect(text.utf8.count < LogLine.textMax + 200)
            #expect(text.contains("é…\"") && (text.hasSuffix("z=1\n") || text.hasSuffix("\"z\":1}\n")))
        }
    }
}
