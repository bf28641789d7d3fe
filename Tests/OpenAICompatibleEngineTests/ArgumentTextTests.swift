import ResponsesAPI
import Testing

@testable import OpenAICompatibleEngine

/// Arguments that mean the same are known again, and no others.
struct ArgumentTextTests {
    private func text(_ arguments: String) -> ArgumentText { JSONText(arguments).escaped.withUnsafeBufferPointer { ArgumentText($0) } }

    /// How many bytes of `text`, escaped, say what `beginning` says.
    private func length(_ beginning: String, in arguments: String) -> Int? {
        JSONText(arguments).escaped.withUnsafeBufferPointer { text(beginning).length(in: $0) }
    }

    @Test(arguments: [
        (#"{"n":1}"#, #"{ "n" : 1 }"#), (#"{"n":1}"#, "{\n\t\"n\": 1\r\n}"), (#"{"a":"é 🙂"}"#, #"{"a":"\u00e9 \uD83D\uDE42"}"#), (#"{"a":"\/"}"#, #"{"a":"/"}"#),
        (#"{"a":"\n"}"#, #"{"a":"\u000a"}"#),
    ])
    func theSameIsKnown(_ one: String, _ other: String) {
        #expect(text(one) == text(other))
        #expect(text(one).isWhole && text(other).isWhole)
    }

    @Test(arguments: [
        (#"{"n":1}"#, #"{"n":2}"#), (#"{"a":"b c"}"#, #"{"a":"bc"}"#), (#"{"a":"\""}"#, #"{"a":""}"#), ("{}", "[]"), (#"{"n":1}"#, #"{"n":1"#),
        (#"{"a":"\\n"}"#, #"{"a":"\n"}"#),
    ])
    func anotherIsNot(_ one: String, _ other: String) { #expect(text(one) != text(other)) }

    @Test func beginningsAreFound() {
        #expect(length(#"{"n""#, in: #"{"n":1}"#) == JSONText(#"{"n""#).escaped.count)
        #expect(length(#"{ "n" "#, in: #"{ "n" : 1}"#) == JSONText(#"{ "n" "#).escaped.count)
        #expect(length(#"{"a":"x\"#, in: #"{"a":"x\ny"}"#) == JSONText(#"{"a":"x\"#).escaped.count)
        #expect(length(#"{"n":1}"#, in: #"{"n":1}"#) == JSONText(#"{"n":1}"#).escaped.count)
        #expect(length(#"{"n":2"#, in: #"{"n":1}"#) == nil)
        #expect(length(#"{"n":1}"#, in: #"{"n""#) == nil)
    }

    @Test func whereItEndsIsKnown() {
        #expect(text(#"{"n":"#).takesValue && text("[").takesValue && text(#"{"n":[1, "#).takesValue)
        #expect(!text(#"{"n":1"#).takesValue && !text("{").takesValue && !text(#"{"n":":"#).takesValue)
        #expect(text("{ }").isEmptyObject && !text("{").isEmptyObject && !text("[]").isEmptyObject)
        #expect(text(#"{"n":"}"#).isOpen && !text("").isOpen && !text("{}").isOpen)
    }
}
