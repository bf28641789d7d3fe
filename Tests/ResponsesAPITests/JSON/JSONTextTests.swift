import Foundation
import ResponsesAPI
import ResponsesTesting
import Testing

/// `JSONText` has one spelling for each string.
@Suite struct JSONTextTests {
    /// How a string may be written, what it is, and the one form it is kept in.
    static let spellings: [(written: String, string: String, kept: String)] = [
        ("plain", "plain", "plain"),
        (#"\u0070lain"#, "plain", "plain"),
        (#"a\/b"#, "a/b", "a/b"),
        (#"\u000a"#, "\n", #"\n"#),
        (#"\u000A\n"#, "\n\n", #"\n\n"#),
        (#"\b\f\n\r\t"#, "\u{8}\u{C}\n\r\t", #"\b\f\n\r\t"#),
        (#"\u0008\u000C\u000d\u0009"#, "\u{8}\u{C}\r\t", #"\b\f\r\t"#),
        (#"\u0022\u005c"#, "\"\\", #"\"\\"#),
        (#"\u0000\u001F"#, "\u{0}\u{1F}", #"\u0000\u001f"#),
        (#"\u007f"#, "\u{7F}", "\u{7F}"),
        (#"\u00e9\u65E5"#, "é日", "é日"),
        (#"\uD83D\uDE00"#, "😀", "😀"),
        (#"\ud83d"#, "\u{FFFD}", "\u{FFFD}"),
        (#"\ude00"#, "\u{FFFD}", "\u{FFFD}"),
        (#"\ud83dx"#, "\u{FFFD}x", "\u{FFFD}x"),
        (#"\ud83d\n"#, "\u{FFFD}\n", "\u{FFFD}\\n"),
        (#"\ud83d\ud83d\ude00"#, "\u{FFFD}😀", "\u{FFFD}😀"),
        (#"\ud83d\u0041"#, "\u{FFFD}A", "\u{FFFD}A"),
        (#"\\u0041"#, #"\u0041"#, #"\\u0041"#),
        (#"\u2028"#, "\u{2028}", "\u{2028}"),
        ("", "", ""),
    ]

    @Test(arguments: spellings.indices)
    func keepsOneSpelling(_ index: Int) throws {
        let (written, string, kept) = Self.spellings[index]
        let json = try RawJSON(parsing: "\"\(written)\"")
        let text = try json.bytes.scanned { (scanner) throws(JSONError) in scanner.text(try scanner.scanString()) }
        #expect(String(decoding: text.escaped, as: UTF8.self) == kept)
        #expect(text.string.unicodeScalars.elementsEqual(string.unicodeScalars))
        #expect(text == JSONText(string))
        #expect(json.stringValue.map { Array($0.utf8) } == Array(string.utf8))
    }

    /// Goal: equal strings have equal bytes, whoever wrote them, and keeping them again changes nothing.
    /// Method: random scalars, each written in a random one of its spellings.
    @Test(arguments: UInt64(0)..<100)
    func isCanonical(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var (string, written) = ("", "")
        for _ in 0..<Int.random(in: 0..<60, using: &random) {
            let value = [0x7F, 0x7FF, 0xD7FF, 0x10FFFF].map { UInt32.random(in: 0...$0, using: &random) }.randomElement(using: &random)
            guard let scalar = value.flatMap({ Unicode.Scalar($0) }) else { continue }
            string.unicodeScalars.append(scalar)
            written += Self.spell(scalar, &random)
        }
        let text = try RawJSON(parsing: "\"\(written)\"").bytes.scanned { (scanner) throws(JSONError) in
            scanner.text(try scanner.scanString())
        }
        #expect(text == JSONText(string))
        #expect(text.string.unicodeScalars.elementsEqual(string.unicodeScalars))
        // Idempotent: read from its own bytes it stays as it is.
        let again = try RawJSON(parsing: [0x22] + text.escaped + [0x22]).bytes.scanned { (scanner) throws(JSONError) in
            scanner.text(try scanner.scanString())
        }
        #expect(again == text)
        #expect(try tree([0x22] + text.escaped + [0x22]) == string as NSString)
    }

    private static func spell(_ scalar: Unicode.Scalar, _ random: inout SplitMix64) -> String {
        let mustEscape = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
        if !mustEscape, Int.random(in: 0..<3, using: &random) > 0 { return String(scalar) }
        return String(scalar).utf16.map { unit in
            let digits = String(unit, radix: 16, uppercase: Bool.random(using: &random))
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }

    @Test func joins() {
        var text: JSONText = "one\n"
        text.append("two \"quoted\"")
        #expect(text == JSONText("one\ntwo \"quoted\""))
        #expect(JSONText().isEmpty)
    }

    @Test func keepsTextOutOfDescriptions() {
        #expect(!"\(JSONText("secret"))".contains("secret"))
        #expect(!"\(RawJSON("\"secret\""))".contains("secret"))
        #expect(!"\(JSONValue.string("secret"))".contains("secret"))
    }
}
