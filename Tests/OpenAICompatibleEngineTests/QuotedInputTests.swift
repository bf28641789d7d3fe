import NIOCore
import ResponsesAPI
import ResponsesEngine
import Testing

@testable import OpenAICompatibleEngine

/// Quotations that are too short to be found in the request, and those of what the model wrote.
@Suite(.timeLimit(.minutes(1))) struct QuotedInputTests {
    private func error(_ message: String, status: Int?, type: String = "", code: String = "") -> EngineError {
        func quoted(_ text: String) -> String { String(decoding: JSONText(text).escaped, as: UTF8.self) }
        let body = #"{"error":{"message":"\#(quoted(message))","type":"\#(quoted(type))","code":"\#(quoted(code))"}}"#
        return EngineFailure(body: Array(body.utf8)).engineError(status: status)
    }

    // MARK: Before the answer

    @Test(arguments: [
        (
            "1 validation error for list[function-wrap[log()]]\n  Input should be a valid list [type=list_type, input_value=[{'role': 'user', 'content': 'my bank pin is 4711'}, {'role': 'assistant', 'content': 'Noted.'}], input_type=list]",
            "1 validation error for list[function-wrap[log()]] Input should be a valid list [type=list_type, […]"
        ),
        (#"Invalid input: [{"role": "user", "content": "MODE:ok"}, {"role": "user"}]"#, "Invalid input: […]"),
        (#"Invalid input: {"role": "user", "content": "4711"}"#, "Invalid input: […]"), ("Invalid input: {'x': '4711'}", "Invalid input: […]"),
        (#"Invalid input: {\"x\": \"4711\"}"#, "Invalid input: […]"), ("Invalid: [ {role: 4711}]", "Invalid: […]"),
        ("Invalid: [{&quot;x&quot;: &quot;4711&quot;}]", "Invalid: […]"), ("Invalid: {&#39;x&#39;: &#39;4711&#39;}", "Invalid: […]"),
        (
            "1 validation error:\n  {'type': 'missing', 'loc': ('body', 'messages'), 'msg': 'Field required', 'input': {'x': 4711}}",
            "1 validation error: {'type': 'missing', 'loc': ('body', 'messages'), 'msg': 'Field required', […]"
        ),
        (#"[{"loc": ["body"], "msg": "Field required", "input" : "4711"}]"#, "Field required (body)"),
        ("bad [{'type': 'text', 'text': '4711'}]", "bad […]"), ("Request(model='m', messages=[Message(4711)])", "Request(model='m', […]"),
        ("Message(role='user', content='4711')", "Message([…]"), ("bad [map[content:4711 role:user]]", "bad [[…]"),
        (#"error parsing tool call: raw='{"command":"echo 4711"}', err=invalid character"#, "error parsing tool call[…]"),
        ("Failed to parse input at pos 3: 4711", "Failed to parse input[…]"), ("oops raw=4711", "oops […]"),
        (#"Message { role: User, content: "4711" }"#, "Message […]"), (#"bad {"content"=>"4711"}"#, "bad […]"),
        ("bad &{Model:m Messages:[{Role:user Content:4711}]}", "bad &{Model:m Messages:[…]"), ("bad {Role:user Content:4711}", "bad […]"),
        (#"invalid type: string "4711", expected a sequence"#, "invalid type: string[…]"), (#"Invalid input: "4711""#, "Invalid […]"),
        (#"bad {\u0022x\u0022: 4711}"#, "bad […]"), ("bad %7B%22x%22:4711}", "bad […]"), ("bad input_value\n = 4711", "bad […]"),
        // What is not a quotation stays.
        ("100% of 5%, %41 \\u00zz", "100% of 5%, %41 \\u00zz"),
        ("expected '[', '{', or a literal", "expected '[', '{', or a literal"), ("draw=4 is [1, 2] {3}", "draw=4 is [1, 2] {3}"),
        ("'messages' is required", "'messages' is required"), ("the input: too long", "the input: too long"),
    ])
    func shortInputIsNotQuoted(_ said: String, _ expected: String) {
        for status in [400, 422, 500] {
            let error = error(said, status: status, type: "bad", code: "x")
            #expect(error.detail == "\(expected) (type bad, code x)")
            for hidden in ["4711", "Noted", "MODE", "pin"] { #expect(!error.message.contains(hidden), "\(error.message)") }
        }
    }

    @Test func aTypeOrALocationDoesNotQuoteEither() {
        #expect(error("no", status: 400, type: "{'x': '4711'}", code: "raw=4711").detail == "no (type […], code […])")
        var failure = EngineFailure(body: [])
        failure.location = "http://h/x?messages=4711"
        #expect(failure.engineError(status: 302).detail == "Location: http://h/x?[…]")
        #expect(error("no", status: 400, type: String(repeating: "x y ", count: 500)).detail?.count ?? 999 < 300)
    }

    @Test(arguments: [
        (#"{"detail":[{"type":"missing","loc":["body"],"msg":"Field required","input":{"x":"4711"}}]}"#, "Field required (body)"),
        (#"{"errors":["bad: [{\"x\": 4711}]"]}"#, "bad: […]"), (#"{"errors":["bad: {'x': 4711}"]}"#, "bad: […]"),
        (#"{"reason":"bad","request":{"messages":[{"x":4711}]}}"#, "bad"), (#"{"errors":[{"reason":"too hot"}]}"#, "too hot"),
        (#"{"inputs":[{"x":"4711"}],"at":3}"#, "{[…]"),
    ])
    func anObjectWithoutAMessageIsReadUpToItsInput(_ body: String, _ expected: String) {
        #expect(EngineFailure(body: Array(body.utf8)).engineError(status: 400).detail == expected)
    }

    @Test func pagesAndPlainTextDoNotQuoteEither() {
        for body in ["bad [{\"x\": 4711}]", "<p>bad [{&quot;x&quot;: 4711}]</p>", "<p>bad</p>&#91;&#123;&#x22;x&#x22;: 4711"] {
            #expect(EngineFailure(body: Array(body.utf8)).engineError(status: 500).detail == "bad […]")
        }
        let page = "<html><style>p > a {}</style>" + String(repeating: "<p>word</p>", count: 10_000)
        #expect(EngineFailure(body: Array(page.utf8)).engineError(status: 500).detail?.hasPrefix("p > a") == false)
    }

    /// Its beginning says what is wrong, although it is no JSON any more.
    @Test func anObjectThatIsTooLongIsReadUpToItsInput() {
        let body = #"{"error":{"message":"Field required","input":[{"role":"user","content":"\#(String(repeating: "4711 ", count: 2000))"#
        let detail = EngineFailure(body: Array(body.utf8), isCut: true).engineError(status: 400).detail
        #expect(detail == #"{"error":{"message":"Field required",[…]"#)
    }

    // MARK: After the answer began

    @Test(arguments: [
        (#"error parsing tool call: raw='{"command":"echo 4711"}', err=invalid character"#, "error parsing tool call"),
        ("bad output: The zebra output is 4711", "bad output"), ("bad 'zebra'", "bad"), ("bad “zebra”", "bad"), ("bad (zebra)", "bad"),
        ("bad\nzebra", "bad"), ("bad — zebra", "bad"), ("bad | zebra", "bad"), ("bad raw=zebra", "bad raw"), ("can't read zebra", nil), ("it can’t read zebra", "it"), ("[zebra]", nil),
        ("{\"zebra\": 1}", nil), ("engine died", "engine died"), ("坏：zebra", "坏"), ("bad &quot;zebra", "bad"),
        ("CUDA error: out of memory", "CUDA error: out of memory"), ("CUDA error: Out of memory. zebra", "CUDA error: out of memory"),
        ("bad: out of memorys", "bad"), ("bad: zebra out of memory", "bad"), (": out of memory", nil),
    ])
    func whatTheModelWroteIsNotQuoted(_ said: String, _ expected: String?) {
        let error = error(said, status: nil)
        #expect(error.detail == expected)
        #expect(!error.message.contains("zebra") && !error.message.contains("4711"))
        // The same for a failure that clients are given the words of.
        let refused = self.error(said, status: nil, type: "a b: zebra", code: "400")
        #expect(refused.kind == .invalidRequest && !refused.message.contains("zebra") && !refused.message.contains("4711"))
        #expect(refused.detail?.contains("zebra") == false && refused.detail?.hasSuffix("(type a b, code 400)") ?? (expected == nil))
    }

    @Test func aKeyBeforeTheEndIsGoneWhole() {
        let failure = EngineFailure(body: Array(#"{"error":"no user:password for you"}"#.utf8))
        #expect(failure.engineError(status: nil, words: FailureWords(secrets: ["user:password"])).detail == "no […]")
    }

    @Test func streamsDoNotQuote() async throws {
        let errors = [
            "data: {\"error\":{\"message\":\"bad output: The zebra is 4711\",\"code\":400}}\n\n",
            "event: error\ndata: {\"message\":\"bad output: The zebra is 4711\"}\n\n",
            "data: {\"object\":\"error\",\"message\":\"bad output: The zebra is 4711\",\"code\":400}\n\n",
        ]
        for text in errors {
            let error = try await FakeEngine.with { $0.answerStream(Answer.delta("The zebra is 4711") + text) } _: { engine, _ in
                await #expect(throws: EngineError.self) {
                    try await engine.run(.json(#"{"input":"hi"}"#), into: ListeningSink())
                }
            }
            #expect(error?.detail?.hasPrefix("bad output") ?? false)
            #expect(error?.detail?.contains("zebra") == false && error?.message.contains("zebra") == false)
            #expect(error?.httpStatus == 200)
        }
    }
}
