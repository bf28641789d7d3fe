import NIOCore
import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import Testing

@testable import OpenAICompatibleEngine

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What of an engine's words may be read: no key in any form, no quotation of the request, no control characters.
@Suite struct FailureWordsTests {
    // MARK: Keys

    /// How a key may be spelled.
    private static let spellings: [(String, @Sendable (String) -> String)] = [
        ("as it is", { $0 }), ("JSON", { String(decoding: JSONText($0).escaped, as: UTF8.self) }),
        ("JSON in JSON", { String(decoding: JSONText(String(decoding: JSONText($0).escaped, as: UTF8.self)).escaped, as: UTF8.self) }),
        ("percent", { key in key.utf8.map { "%" + String(UInt($0) + 0x100, radix: 16).dropFirst().uppercased() }.joined() }),
        ("percent where needed", { key in
            key.utf8.map { byte in
                UnicodeScalar(byte).properties.isAlphabetic && byte < 0x80 ? String(UnicodeScalar(byte)) : "%" + String(UInt(byte), radix: 16)
            }.joined()
        }),
        ("unicode escapes", { key in key.utf16.map { #"\u"# + String(UInt32($0) + 0x10000, radix: 16).dropFirst() }.joined() }),
        ("base64", { Data($0.utf8).base64EncodedString() }), ("base64 of user:key", { Data("user:\($0)".utf8).base64EncodedString() }),
        ("base64 of a:key!", { Data("a:\($0)!".utf8).base64EncodedString() }),
        ("base64url", { Data(":\($0)".utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_") }),
        ("with a zero-width space", { key in "\(key.prefix(6))\u{200B}\(key.dropFirst(6))" }),
        ("with a control character", { key in "\(key.prefix(6))\u{1}\(key.dropFirst(6))" }),
        ("masked", { key in "\(key.prefix(14))…\(key.suffix(4))" }), ("upper half", { key in String(key.dropFirst(key.count / 2)) }),
    ]

    @Test(arguments: [
        "ENGINE-KEY-123-and-more", "sk-proj-abcdefghijklmnopqrstuv", "correct horse battery staple", #"we"ird\key/with+signs=and%more"#,
        "clé-secrète-de-la-machine", "0123456789012345678901234567890123456789",
    ])
    func theEnginesKeyIsGoneInEverySpelling(_ key: String) {
        let words = FailureWords(secrets: [key])
        for (name, spell) in Self.spellings {
            let spelled = spell(key)
            for said in ["bad request: key \(spelled) may not do this", spelled, #"{"key":"\#(spelled)"}"#, "key=\(spelled)&x", "(\(spelled))"] {
                let cleaned = words.cleaned(said)
                #expect(!cleaned.contains(spelled) && !cleaned.contains(key), "\(name): \(cleaned)")
                // Not even a half of it.
                #expect(!cleaned.contains(spelled.prefix(spelled.count / 2 + 1)), "\(name): \(cleaned)")
                #expect(cleaned.contains("[…]"), "\(name): \(cleaned)")
            }
            let sentence = words.cleaned("reason: \(spelled) = wrong")
            #expect(sentence == "reason: […] = wrong" || name == "masked" || name == "upper half", "\(name): \(sentence)")
        }
    }

    @Test func shortKeysAreWordsOfTheirOwn() {
        #expect(FailureWords(secrets: ["k"]).cleaned("key k is not OK (k)") == "key […] is not OK ([…])")
        #expect(FailureWords(secrets: ["none"]).cleaned("Nonetheless none of nonesuch") == "Nonetheless […] of nonesuch")
        #expect(FailureWords(secrets: ["k-engine"]).cleaned("header api-key was k-engine") == "header api-key was […]")
        #expect(FailureWords(secrets: [""]).cleaned("as it is") == "as it is")
    }

    @Test(arguments: [
        ("Incorrect API key provided: sk-abcd****wxyz. Find your key at https://x.example", "Incorrect API key provided: […] Find your key at https://x.example"),
        ("Authorization: Bearer abc", "Authorization: […] […]"), ("got 'Bearer hunter2', wanted another", "got 'Bearer […]', wanted another"),
        ("bearer%20token123 refused", "bearer%20[…] refused"), ("Basic dXNlcjpwYXNz refused", "Basic dXNlcjpwYXNz refused"),
        ("Basic dXNlcjpwYXNzd29yZA== refused", "Basic […] refused"), ("Basic authentication failed", "Basic authentication failed"),
        ("key sk-ant-api03-xyz refused", "key […] refused"), ("gsk_abc", "[…]"), ("(xai-abc)", "([…])"), ("hf_abcDEF is wrong", "[…] is wrong"),
        ("AIzaSyA-1_2 is wrong", "[…] is wrong"), ("AKIAIOSFODNN7EXAMPLE", "[…]"), ("token eyJhbGciOi.eyJzdWIi.c2ln", "token […]"),
        ("https://h/v1?key=abc&x=1", "https://h/v1?key=[…]&x=1"), ("?api_key=abc", "?api_key=[…]"), ("access_token=a1-b2; next", "access_token=[…]; next"),
        (#"{"api_key": "abc def"}"#, #"{"api_key": "[…] def"}"#), ("x-api-key: abc", "x-api-key: […]"), ("password: hunter2", "password: […]"),
        ("see http://user:hunter2@host:80/p", "see http://[…]@host:80/p"), ("id 0123456789abcdef0123456789abcdef gone", "id […] gone"),
        ("abcdefghijklmnopqrstuvwxyz-abcdefghij has no digit", "abcdefghijklmnopqrstuvwxyz-abcdefghij has no digit"),
        ("max_token=512 is too many", "max_token=512 is too many"), ("unexpected token: x", "unexpected token: x"),
        ("a task-force on the disk-drive; sk- alone", "a task-force on the disk-drive; sk- alone"), ("%20sk-abc", "%20[…]"),
        ("Field 'temperature': type must be number, but is string", "Field 'temperature': type must be number, but is string"),
    ])
    func whatLooksLikeAKeyIsGone(_ said: String, _ expected: String) {
        #expect(FailureWords().cleaned(said) == expected)
    }

    @Test func aKeyIsNotCutBeforeItIsSeen() {
        let key = "ENGINE-KEY-\(String(repeating: "z", count: 40))"
        let words = FailureWords(secrets: [key])
        for length in 440...520 {
            let detail = FailureWords.detail(words.cleaned(String(repeating: "é ", count: length / 2) + key)) ?? ""
            #expect(detail.unicodeScalars.count <= FailureWords.detailMax)
            #expect(!detail.contains("ENGINE") && !detail.contains("zz"))
        }
        // At the end of what is looked at, too.
        for length in (FailureWords.textMax - 80)...FailureWords.textMax {
            let cleaned = words.cleaned(String(repeating: ". ", count: length / 2) + key)
            #expect(!cleaned.contains("ENG") && !cleaned.contains("zz"))
        }
    }

    @Test func detailsAreBounded() {
        #expect(FailureWords.detail("") == nil)
        #expect(FailureWords.detail("short") == "short")
        #expect(FailureWords.detail(String(repeating: "x", count: 512))?.count == 512)
        #expect(FailureWords.detail(String(repeating: "x", count: 513)) == String(repeating: "x", count: 511) + "…")
        #expect((FailureWords.detail("e" + String(repeating: "\u{301}", count: 5000))?.unicodeScalars.count ?? 9999) <= 512)
    }

    // MARK: Quotations

    /// How engines quote.
    private static let quotations: [(String, @Sendable (String) -> String)] = [
        ("decoded", { $0 }), ("JSON", { String(decoding: JSONText($0).escaped, as: UTF8.self) }),
        ("JSON in JSON", { String(decoding: JSONText(String(decoding: JSONText($0).escaped, as: UTF8.self)).escaped, as: UTF8.self) }),
        ("ASCII JSON", { text in
            text.utf16.map { $0 < 0x80 && $0 > 0x1F ? String(UnicodeScalar(UInt8($0))) : #"\u"# + String(UInt32($0) + 0x10000, radix: 16).dropFirst() }
                .joined().replacing("\"", with: "\\\"")
        }),
        ("Python", { text in "'" + text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n").replacing("'", with: "\\'") + "'" }),
        ("HTML", { text in
            text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
        }),
        ("HTML in numbers", { text in text.unicodeScalars.map { "&#\($0.value);" }.joined() }),
        ("HTML in hexadecimal numbers", { text in text.unicodeScalars.map { "&#x\(String($0.value, radix: 16));" }.joined() }),
        ("HTML as Go writes it in JSON", { text in
            text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("&", with: #"\u0026"#).replacing("\"", with: "\\\"")
        }),
        ("without blanks", { $0.filter { $0 != " " } }), ("with more blanks", { $0.replacing(" ", with: "\n  ") }),
        ("Python bytes", { text in
            text.utf8.map { (0x20..<0x7F).contains($0) ? String(UnicodeScalar($0)) : #"\x"# + String(UInt32($0) + 0x100, radix: 16).dropFirst() }.joined()
        }),
    ]

    private static func request(_ prompt: String, slices: Int = 1) -> [ByteBuffer] {
        let body = #"{"model":"m","stream":true,"messages":[{"role":"user","content":""# + String(decoding: JSONText(prompt).escaped, as: UTF8.self)
            + #""}]}"#
        let bytes = Array(body.utf8)
        return stride(from: 0, to: bytes.count, by: max(1, bytes.count / slices)).map {
            ByteBuffer(bytes: bytes[$0..<min(bytes.count, $0 + max(1, bytes.count / slices))])
        }
    }

    @Test(arguments: [
        "My mother's maiden name is Kowalski and she lives in Oslo", "Line one\nline two\twith \"quotes\" and \\backslashes\\, C:\\new\\table",
        "Été à la plage: 日本語のテキストがここにあります, 👩‍👩‍👧 and 🇳🇴 \u{200B}too", "if (x < 3 && y > 4) { return \"a\\nb\"; } // 100%25 done %41",
    ])
    func theRequestIsNotQuoted(_ prompt: String) {
        for slices in [1, 7, 1000] {
            let words = FailureWords(request: Self.request(prompt, slices: slices))
            for (name, quote) in Self.quotations {
                let quoted = quote(prompt)
                let cleaned = words.cleaned("cannot read: \(quoted). Sorry")
                #expect(cleaned.hasPrefix("cannot read: ") && cleaned.hasSuffix("Sorry") && cleaned.contains("[…]"), "\(name): \(cleaned)")
                // Whatever is left of it is short.
                let left = cleaned.dropFirst("cannot read: ".count).dropLast(". Sorry".count)
                #expect(left.utf8.count <= 16, "\(name): \(cleaned)")
            }
        }
    }

    @Test func runsOf32BytesAreQuotationsAndShorterOnesAreNot() {
        let prompt = "abcdefghij klmnopqrst uvwxyz ABCDEFGHIJ KLMNOPQRST UVWXYZ"
        let words = FailureWords(request: Self.request(prompt))
        for start in 0..<8 {
            for length in 25...40 {
                let part = prompt.dropFirst(start).prefix(length)
                let cleaned = words.cleaned("<<\(part)>>")
                // A blank at its end counts, and stays.
                let blank = part.hasSuffix(" ") ? " " : ""
                #expect(cleaned == (length >= 32 ? "<<[…]\(blank)>>" : "<<\(part)>>"), "\(start) \(length)")
            }
        }
    }

    @Test func aQuotationIsFoundWhereverItStandsAndTwice() {
        let prompt = "the quick brown fox jumps over the lazy dog and runs away"
        let words = FailureWords(request: Self.request("first " + prompt + " last"))
        #expect(words.cleaned(prompt) == "[…]")
        #expect(words.cleaned("a=\(prompt)") == "a=[…]")
        #expect(words.cleaned("\(prompt), b: \(prompt.dropFirst(10))!") == "[…], b: […]!")
        // A shorter part of what was quoted whole is one too.
        #expect(words.cleaned("x\(prompt)y\(prompt.dropFirst(12).prefix(35))z") == "x[…]y[…]z")
        #expect(words.cleaned("the quick brown fox sleeps") == "the quick brown fox sleeps")
    }

    /// Python and many others write a blank behind commas and colons, which the request does not have.
    @Test func aRequestWrittenWithBlanksIsAQuotation() {
        let body = #"{"model":"m","messages":[{"role":"user","content":"pin 4711"},{"role":"assistant","content":"Noted."},{"role":"user","content":"go"}]}"#
        let words = FailureWords(request: [ByteBuffer(string: body)])
        let json = body.replacing(",", with: ", ").replacing(":", with: ": ")
        for quoted in [json, json.replacing("\"", with: "'"), json.replacing("\"", with: "&#34;"), json.replacing(" ", with: "\n    ")] {
            #expect(words.cleaned("Unexpected <\(quoted)>.") == "Unexpected <[…]>.")
            let cleaned = words.cleaned("Unexpected \(quoted.dropFirst(30).dropLast(3)) here")
            for word in ["pin", "4711", "Noted", "go"] { #expect(!cleaned.contains(word), "\(cleaned)") }
        }
    }

    @Test(arguments: ["AT&T; R&D & more", "&", "a &unknown; b", "&#; &#x; &#xZZ; &#1114112;", "&#xD800;", "&&amp", "&aaaaaaaaaaaaaaaaaaaaaaaa;"])
    func ampersandsThatBeginNoEntityStay(_ said: String) {
        #expect(FailureWords(secrets: ["ENGINE-KEY-123"], request: Self.request("a prompt")).cleaned(said) == said)
        // Both sides are read alike.
        let prompt = "one \(said) two, and more words to fill the run of bytes"
        #expect(FailureWords(request: Self.request(prompt)).cleaned("<\(prompt)>") == "<[…]>")
    }

    @Test func aLongWordIsCutWithoutItsEnd() {
        let key = "ENGINE-KEY-\(String(repeating: "z", count: 40))"
        let words = FailureWords(secrets: [key])
        for length in (FailureWords.wordMax - 80)...(FailureWords.wordMax + 10) {
            let said = FailureWords.Said(text: String(repeating: ". ", count: length / 2) + key, lengthMax: FailureWords.wordMax)
            let cleaned = words.cleaned([said])[0]
            #expect(!cleaned.contains("ENG") && !cleaned.contains("zz"), "\(cleaned)")
        }
    }

    @Test func aWholeRequestIsAQuotation() {
        let words = FailureWords(request: Self.request("hi"))
        #expect(words.cleaned(#"Unexpected: {"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}"#) == "Unexpected: […]")
    }

    /// Goal: no run of 32 bytes that stands in the request is left, whatever was quoted and how.
    /// Method: draw a prompt and words around parts of it from a seed; compare with a search for every run.
    @Test(arguments: UInt64(0)..<60)
    func noQuotationSurvives(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let alphabets = ["ab", "abcdefghijklmnopqrstuvwxyz ", "xyz é日\n"]
        let alphabet = Array(alphabets[Int(random.next() % 3)].unicodeScalars)
        func text(_ count: Int) -> String {
            String(String.UnicodeScalarView((0..<count).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }))
        }
        let prompt = text(200 + Int(random.next() % 300))
        let scalars = Array(prompt.unicodeScalars)
        var said = ""
        for _ in 0..<6 {
            said += text(Int(random.next() % 20))
            let start = Int(random.next() % UInt64(scalars.count))
            said += String(String.UnicodeScalarView(scalars[start...].prefix(Int(random.next() % 80))))
        }
        let cleaned = Array(FailureWords(request: Self.request(prompt, slices: 5)).cleaned(said).utf8)
        let haystack = Array(prompt.replacing("\n", with: " ").utf8)
        var runs = Set<[UInt8]>()
        for start in 0..<max(0, haystack.count - 31) { runs.insert(Array(haystack[start..<start + 32])) }
        for start in 0..<max(0, cleaned.count - 31) { #expect(!runs.contains(Array(cleaned[start..<start + 32]))) }
    }

    @Test func theWorkIsLinear() {
        // Both repeat themselves without end, which is where a search that compares would not come back.
        let words = FailureWords(request: [ByteBuffer(repeating: UInt8(ascii: "a"), count: 1 << 20)])
        #expect(words.cleaned(String(repeating: "a", count: 3000)) == "[…]")
    }

    // MARK: Characters

    @Test(arguments: [
        ("a\u{1B}[31mred\u{1B}[0m", "a[31mred[0m"), ("a\nb\r\n\tc", "a b c"), ("a\u{202E}b\u{2066}c", "abc"), ("a\u{9B}b", "ab"),
        ("  a   b  ", "a b"), ("a\u{2028}b", "a b"), ("日本語 é 😀", "日本語 é 😀"), ("\u{0}\u{7F}", ""), ("", ""),
    ])
    func controlCharactersAreGone(_ said: String, _ expected: String) { #expect(FailureWords().cleaned(said) == expected) }
}
