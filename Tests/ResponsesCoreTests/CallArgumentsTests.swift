import ResponsesAPI
import Testing

@testable import ResponsesCore

/// When a function's arguments are whole, piece by piece.
struct CallArgumentsTests {
    @Test(arguments: [
        ("{}", true), (" {} ", true), ("\n{\n}\n", true), (#"{"a":1}"#, true), (#"{"a":{"b":[1,{"c":"}"}]}}"#, true),
        (#"{"a":"\"}"}"#, true), (#"{"a":"\\"}"#, true), (#"{"a":"\\\"}"#, false), (#"{"a":"é🎉\n\u0001"}"#, true),
        ("", false), (" ", false), ("{", false), (#"{"a":"#, false), (#"{"a":"}"#, false), ("{}}", false), ("{}{}", false),
        ("{} x", false), ("[1]", false), ("1", false), ("x{}", false), ("{a}", false), ("{]", false), (#"{"a":1,}"#, false),
        ("{\"a\":\"\n\"}", false), ("{\u{1}}", false),
    ])
    func wholeness(_ text: String, _ isWhole: Bool) {
        let escaped = Array(JSONText(text).escaped)
        for step in [1, 2, 3, 100] {
            var arguments = CallArguments()
            var found = false
            for end in stride(from: 0, to: escaped.count, by: step) {
                found = arguments.areWhole(Array(escaped[..<min(end + step, escaped.count)]))
            }
            #expect(found == isWhole, "in steps of \(step)")
        }
    }

    /// Each byte is read once: quadratic work would take hours here.
    @Test func argumentsThatCloseABracketAllTheTimeCostTheirLength() {
        var arguments = CallArguments()
        var escaped = Array("{".utf8)
        var answers: [Bool] = []
        for _ in 0..<20_000 {
            escaped += Array(#"\"a\":{},"#.utf8)
            answers.append(arguments.areWhole(escaped))
        }
        #expect(!answers.contains(true))
        for (more, isWhole) in [(#"\"b\":1}"#, true), ("x", false), (" ", false)] {
            escaped += Array(more.utf8)
            let answer = arguments.areWhole(escaped)
            #expect(answer == isWhole)
        }
    }
}
