import ResponsesAPI
import Testing

/// The grammar of RFC 8259 as tables.
@Suite struct JSONScannerTests {
    static let valid: [String] = [
        // Literals, strings and numbers alone
        "null", "true", "false", "\"\"", "\"a\"", "0", "-0", "1", "-1", "10", "1.5", "-0.0", "0e0", "0e+1", "0E-1", "1e10",
        "1E+10", "1.5e-10", "123456789012345678901234567890", "1e400", "-1e-400", "0.00000000000000000000000000001",
        // Arrays and objects
        "[]", "[ ]", "[\n]", "{}", "{ }", "[1]", "[1,2]", "[ 1 , 2 ]", "[[]]", "[[],[]]", "[{}]", "{\"a\":{}}", "{\"a\":[]}",
        "{\"\":0}", "{\"a\":1,\"b\":2}", "{ \"a\" : 1 , \"b\" : 2 }", "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":[{\"c\":null}]}}",
        "[null,true,false,\"\",0,{},[]]", "{\"a\":[{},[],{\"b\":[]}],\"c\":{}}", "[[[[[[[[[[]]]]]]]]]]",
        // White space around
        " 1", "1 ", "\t\r\n 1 \t\r\n", " [ ] ", "\n{}\n",
        // Escapes
        #""\"\\\/\b\f\n\r\t""#, #""\u0000""#, #""\u00e9""#, #""\uD83D\uDE00""#, #""\uABCD\uabcd\uAbCd""#, #""\ud800""#, #""\udfff""#,
        #""\udc00\ud800""#, #"{"\u0061":1}"#, #""\\u0061""#, #""\\""#, #""a\\""#,
        // Text
        "\"é\"", "\"日本語\"", "\"😀\"", "\"\u{7F}\"", "\"\u{2028}\u{2029}\"", "\"\u{FFFF}\u{10FFFF}\"", "\"12345678\"",
        "\"1234567\"", "\"123456789é\"", "\"1234567é\"", "\"/\"", "\" \"",
    ]

    @Test(arguments: valid)
    func acceptsValidText(_ text: String) throws {
        let json = try RawJSON(parsing: text)
        let trimmed = text.drop(while: \.isWhitespace)
        #expect(json.text.utf8.elementsEqual(trimmed.utf8.prefix(json.bytes.count)))
    }

    static let invalid: [String] = [
        "", " ", "nul", "nulll", "Null", "NULL", "tru", "truefalse", "fals", "nan", "NaN", "Infinity", "-Infinity", "undefined",
        // Numbers
        "-", "+1", "01", "-01", "00", ".5", "1.", "-.5", "1.e1", "1e", "1e+", "1E-", "0x10", "1_000", "1 000", "--1", "1-", "1e1.5",
        "1a", "１", "1,", "0.", "1.5.5", "-e", "e1",
        // Strings
        "\"", "\"a", "a\"", "'a'", "\"a\"\"b\"", "\"\\\"", "\"\\", "\"\\x\"", "\"\\a\"", "\"\\'\"", "\"\\u\"", "\"\\u1\"",
        "\"\\u12\"", "\"\\u123\"", "\"\\u123g\"", "\"\\u 123\"", "\"\\U0041\"", "\"\\u12", "\"\\0\"", "\"\n\"", "\"\t\"", "\"\u{0}\"",
        "\"\u{1F}\"", "\"12345678\u{1}\"", "\"\\\u{0}\"", "\"\\é\"",
        // Arrays
        "[", "]", "[1", "[1,", "[1,]", "[,]", "[,1]", "[1,,2]", "[1 2]", "[1:2]", "[1}", "[\"a\"", "[\"a\",", "[[]", "[]]", "[][]",
        "[1]1", "[]x", "[\"\": 1]", "[1;2]", "[-]", "[ , ]", "[\u{B}]", "[\u{C}]", "[\u{A0}]", "[\u{FEFF}]", "[//x\n]", "[/**/]",
        // Objects
        "{", "}", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{,\"a\":1}", "{\"a\" 1}", "{\"a\",1}", "{a:1}",
        "{'a':1}", "{1:1}", "{null:1}", "{\"a\":1 \"b\":2}", "{\"a\":1,,\"b\":2}", "{\"a\":1}}", "{\"a\":1]", "{\"a\"}", "{\"a\":}",
        "{\"a\"::1}", "{\"a\":1:2}", "{\"a\":1}{}", "{\"a\":1}#", "{[]:1}", "{\"a\":1,\"b\"}", "{\"a\":\"b}", "{{}}", "{\"a\":1,1}",
        "\u{FEFF}{}", "{}\u{0}", "{} {}", "1 2", "1,2", "\"a\" \"b\"", "[\"a\"}", "{\"a\":[}", "{\"a\":{]}",
    ]

    @Test(arguments: invalid)
    func refusesInvalidText(_ text: String) {
        #expect(throws: JSONError.self) { try RawJSON(parsing: text) }
    }

    /// Sequences that are not UTF-8 (Unicode, table 3-7), each inside a string, at every offset within a word.
    static let badSequences: [[UInt8]] = [
        [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x20], [0xC2, 0xC2], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
        [0xE1, 0x80], [0xE1, 0x80, 0x20], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80],
        [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x90, 0x80], [0xF1, 0x80, 0x80, 0xC0], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
        [0xFE], [0xFF], [0xF8, 0x88, 0x80, 0x80, 0x80],
    ]

    @Test(arguments: badSequences)
    func refusesWhatIsNotUTF8(_ sequence: [UInt8]) {
        for before in 0..<9 {
            for after in [0, 1, 9] {
                let padding = [UInt8](repeating: UInt8(ascii: "a"), count: before)
                let text = [0x22] + padding + sequence + [UInt8](repeating: UInt8(ascii: "b"), count: after) + [0x22]
                #expect(throws: JSONError.self) { try RawJSON(parsing: text) }
            }
        }
        // Cut off by the end of the text; nothing after it may be read.
        #expect(throws: JSONError.self) { try RawJSON(parsing: [0x22] + sequence) }
    }

    @Test func acceptsEveryEdgeOfUTF8() throws {
        for scalar: UInt32 in [0x20, 0x7F, 0x80, 0x7FF, 0x800, 0xFFF, 0x1000, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x3FFFF, 0x10FFFF] {
            let text = String(try #require(Unicode.Scalar(scalar)))
            #expect(try RawJSON(parsing: "\"\(text)\"").stringValue == text)
        }
    }

    /// No prefix of a text is a whole text: the scanner must see the end wherever it comes, and read nothing after it.
    @Test func refusesEveryPrefix() {
        let text = Array(#" {"a\n":[1,-2.5e+10,true,false,null,"é😀\u00e9\"x",{"b":{}}],"long name of a member":[[],""]}"#.utf8)
        for count in 0..<text.count {
            // A buffer of its own, exactly as long, so that a sanitizer sees a read beyond it.
            #expect(throws: JSONError.self) { try RawJSON(parsing: Array(text[..<count])) }
        }
        #expect(throws: Never.self) { try RawJSON(parsing: text) }
    }

    @Test(arguments: ["[", "{\"a\":"])
    func limitsDepth(_ opening: String) throws {
        let closing = opening == "[" ? "]" : "}"
        func nested(_ levels: Int) -> String {
            String(repeating: opening, count: levels) + "1" + String(repeating: closing, count: levels)
        }
        #expect(throws: Never.self) { try RawJSON(parsing: nested(JSONScanner.depthMax)) }
        #expect(throws: JSONError.self) { try RawJSON(parsing: nested(JSONScanner.depthMax + 1)) }
        // Without an end, as in an attack.
        #expect(throws: JSONError.self) { try RawJSON(parsing: String(repeating: opening, count: 1_000_000)) }
    }

    /// Which levels are objects is kept in bits of four words: kinds alternate over all of them.
    @Test func remembersTheKindOfEveryLevel() throws {
        for period in 1...7 {
            var (open, close) = ("", "")
            for level in 0..<JSONScanner.depthMax {
                let isObject = level % period == 0
                open += isObject ? "{\"k\":0,\"a\":" : "[0,"
                close = (isObject ? ",\"z\":0}" : ",0]") + close
            }
            let text = open + "1" + close
            #expect(try RawJSON(parsing: text).text == text)
            let wrong = open + "1" + close.replacing(",0]", with: ",\"z\":0}")
            if wrong != text { #expect(throws: JSONError.self) { try RawJSON(parsing: wrong) } }
        }
    }

    @Test func tellsWhereItWentWrong() {
        let table: [(String, Int)] = [("{\"a\":tru}", 5), ("[1,]", 3), ("", 0), ("[1 2]", 3), ("\"a\u{1}\"", 2), ("{} x", 3)]
        for (text, offset) in table {
            #expect(throws: JSONError.self) { try RawJSON(parsing: text) }
            do throws(JSONError) {
                _ = try RawJSON(parsing: text)
            } catch {
                #expect(error.offset == offset, "\(text)")
                #expect(!error.description.contains("tru"))
            }
        }
    }

    @Test func scansAnEmptyBuffer() {
        var scanner = JSONScanner(UnsafeBufferPointer(start: nil, count: 0))
        #expect(scanner.peek() == 0)
        #expect(throws: JSONError.self) { try scanner.skipValue() }
        #expect(throws: JSONError.self) { try scanner.beginObject() }
        #expect(throws: JSONError.self) { try scanner.scanString() }
    }

    /// Looking ahead leaves the scanner where it was, also between members.
    @Test func forksWithoutMoving() throws {
        let bytes = Array(#"{"a":1,"b":{"type":"x"},"c":3}"#.utf8)
        try bytes.scanned { (scanner) throws(JSONError) in
            try scanner.beginObject()
            _ = try scanner.nextKey()
            try scanner.skipValue()
            var ahead = scanner.fork()
            let key = try ahead.nextKey()
            #expect(key.map { ahead.matches($0, "b") } == true)
            try ahead.skipValue()
            #expect(try scanner.nextKey().map { scanner.matches($0, "b") } == true)
            #expect(scanner.peek() == UInt8(ascii: "{"))
            try scanner.skipValue()
            #expect(try scanner.nextKey().map { scanner.string($0) } == "c")
        }
    }

    @Test func comparesNames() {
        let bytes = Array(#"{"model":1,"mod\u0065l":2,"models":3,"":4}"#.utf8)
        let found = bytes.scanned { (scanner) -> [Bool] in
            var found: [Bool] = []
            try? scanner.beginObject()
            while let key = try? scanner.nextKey() {
                found.append(scanner.matches(key, "model"))
                let byKey = switch scanner.key(key) {
                case "other": false
                case "model": true
                default: false
                }
                #expect(byKey == found.last)
                #expect(scanner.matches(key, name: "model") == found.last)
                _ = try? scanner.skipValue()
            }
            return found
        }
        #expect(found == [true, true, false, false])
    }
}
