import Foundation
import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import Testing

@testable import ChatWire

/// Refusals and failures, and by which words clients take them (chat-completions 3, chat-completions 7).
@Suite("Chat: errors") struct ErrorTests {
    private static let call = #"{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]}"#
    private static let user = #"{"role":"user","content":"hi"}"#

    /// Bodies that are refused, with the field at fault.
    static let refused: [(body: String, param: String?)] = [
        ("[]", nil), ("{", nil), (#"{"messages":[]} x"#, nil), ("{}", "messages"), (#"{"messages":null}"#, "messages"), (#"{"messages":[]}"#, "messages"),
        (#"{"messages":"hi"}"#, "messages"), (#"{"messages":[7]}"#, "messages[0]"), (#"{"model":7,"messages":[\#(user)]}"#, "model"),
        (body("[\(user)]", #""n":2"#), "n"), (body("[\(user)]", #""n":0"#), "n"), (body("[\(user)]", #""n":"1""#), "n"),
        (body("[\(user)]", #""modalities":["text","audio"]"#), "modalities"), (body("[\(user)]", #""audio":{"voice":"x"}"#), "audio"),
        (body("[\(user)]", #""web_search_options":{}"#), "web_search_options"), (body("[\(user)]", #""moderation":{}"#), "moderation"),
        (body("[\(user)]", #""max_tokens":0"#), "max_tokens"), (body("[\(user)]", #""max_tokens":"9""#), "max_tokens"),
        (body("[\(user)]", #""max_tokens":1.5"#), "max_tokens"), (body("[\(user)]", #""max_completion_tokens":-2"#), "max_completion_tokens"),
        (body("[\(user)]", #""temperature":3"#), "temperature"), (body("[\(user)]", #""top_p":2"#), "top_p"),
        (body("[\(user)]", #""stop":7"#), "stop"), (body("[\(user)]", #""stop":["a",7]"#), "stop[1]"),
        (body("[\(user)]", #""stop":[\#((0..<17).map { "\"\($0)\"" }.joined(separator: ","))]"#), "stop"),
        (body("[\(user)]", #""top_logprobs":2"#), "top_logprobs"), (body("[\(user)]", #""logprobs":true,"top_logprobs":21"#), "top_logprobs"),
        (body("[\(user)]", #""stream":"yes""#), "stream"), (body("[\(user)]", #""response_format":{"type":"xml"}"#), "response_format.type"),
        (body("[\(user)]", #""response_format":{}"#), "response_format.type"),
        (body("[\(user)]", #""response_format":{"type":"json_schema"}"#), "response_format.json_schema"),
        (body("[\(user)]", #""response_format":{"type":"json_schema","json_schema":{"schema":{}}}"#), "response_format.json_schema.name"),
        (body("[\(user)]", #""response_format":{"type":"json_schema","json_schema":{"name":"n","schema":[]}}"#), "response_format.json_schema.schema"),
        (body(#"[{"content":"hi"}]"#), "messages[0].role"), (body(#"[{"role":"robot","content":"hi"}]"#), "messages[0].role"),
        (body(#"[{"role":"system","content":"s"},{"role":"user"}]"#), "messages[1].content"), (body(#"[{"role":"user","content":7}]"#), "messages[0].content"),
        (body(#"[{"role":"user","content":[]}]"#), "messages[0].content"), (body(#"[{"role":"user","content":[{"type":"text"}]}]"#), "messages[0].content[0].text"),
        (body(#"[{"role":"user","content":[{"type":"text","text":"a"},{"type":"hologram"}]}]"#), "messages[0].content[1].type"),
        (body(#"[{"role":"user","content":[{"type":"image_url"}]}]"#), "messages[0].content[0].image_url"),
        (body(#"[{"role":"system","content":[{"type":"image_url","image_url":"data:x"}]}]"#), "messages[0].content[0]"),
        (body(#"[\#(user),{"role":"assistant","content":"a","audio":{"id":"x"}},\#(user)]"#), "messages[1].audio"),
        (body(#"[\#(user),{"role":"assistant","tool_calls":[{"function":{"name":"f"}}]},\#(user)]"#), "messages[1].tool_calls[0].id"),
        (body(#"[\#(user),{"role":"assistant","tool_calls":[{"id":"c"}]},\#(user)]"#), "messages[1].tool_calls[0].function.name"),
        (body(#"[\#(user),{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":7}}]},\#(user)]"#), "messages[1].tool_calls[0].function.arguments"),
        (body(#"[\#(user),{"role":"assistant","function_call":{}},\#(user)]"#), "messages[1].function_call.name"),
        (body(#"[\#(user),{"role":"function","name":"f","content":"x"}]"#), "messages[1].name"), (body(#"[\#(user),\#(call),{"role":"tool","content":"x"}]"#), "messages[2].tool_call_id"),
        // The history as a whole, with the messages as the client counts them.
        (body(#"[{"role":"system","content":"s"},\#(user),{"role":"tool","tool_call_id":"x","content":"y"}]"#), "messages[2].tool_call_id"),
        (body(#"[\#(user),\#(call),{"role":"tool","tool_call_id":"c","content":"1"},{"role":"tool","tool_call_id":"c","content":"2"}]"#), "messages[3].tool_call_id"),
        (body(#"[{"role":"system","content":"s"},\#(user),\#(call),\#(user)]"#), "messages[2].tool_calls"),
        (body(#"[\#(user),{"role":"assistant","content":"So,"}]"#), "messages[1].role"),
    ]

    @Test("each refusal names its field, says that a retry is useless, and is not taken for a full context", arguments: refused.indices)
    func refusals(_ index: Int) throws {
        let (body, param) = Self.refused[index]
        let error = try #require(refusal(body), "\(body) was read")
        #expect(error.param == param, "\(body)")
        let (status, headers, json) = try said(error)
        #expect(status == 400 && headers == ["x-should-retry: false"])
        #expect(json["type"]?.stringValue == "invalid_request_error")
        let message = try #require(json["message"]?.stringValue)
        for word in ContextWords.words { #expect(!message.lowercased().contains(word), "\(message)") }
    }

    /// Texts of engines and of this server's core that hold the words.
    @Test(
        "an engine's own words are said in others",
        arguments: [
            "The string is TOO LONG.", "max_tokens: 9 exceeds what is allowed", "Invalid token count for the input length.", "a context limit of tools",
            "Please reduce the length of the name; the context length is fine", "exceexceedss", "max_max_tokenstokens", "too too long long",
        ])
    func engineWords(_ text: String) throws {
        for code in [nil, ErrorCode.invalidValue] {
            let message = try #require(try said(.invalidRequest(code, text)).error["message"]?.stringValue)
            for word in ContextWords.words { #expect(!message.lowercased().contains(word), "\(message)") }
        }
    }

    /// Each line of text in the sources from which messages of a 400 come, whatever it is: more than the messages, and none of them less.
    @Test("no text of this server is taken for a full context") func ownTexts() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        var texts = 0
        for target in ["ChatWire", "ResponsesAPI", "ResponsesEngine", "ResponsesCore", "ResponsesServer", "OpenAICompatibleEngine", "ScriptedEngine"] {
            let folder = root.appending(path: "Sources/\(target)")
            let paths = FileManager.default.enumerator(atPath: folder.path(percentEncoded: false))
            while let path = paths?.nextObject() as? String {
                guard path.hasSuffix(".swift") else { continue }
                let source = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
                for line in source.split(separator: "\n") where line.contains("\"") && line.contains(" ") {
                    texts += 1
                    let message = try #require(try said(.invalidRequest(.invalidValue, String(line))).error["message"]?.stringValue)
                    for word in ContextWords.words where message.lowercased().contains(word) { Issue.record("\(path): \(line)") }
                }
            }
        }
        #expect(texts > 2000, "the sources were not found")
    }

    @Test("whatever the words stand beside") func anyWords() throws {
        var generator = SystemRandomNumberGenerator()
        let parts = ContextWords.words + ["too ", "long", "context ", "length", "max_", "tokens", "exceed", "s", "input ", " ", "the ", "token ", "count", "reduce "]
        for _ in 0..<2000 {
            let text = (0..<6).map { _ in parts.randomElement(using: &generator) ?? "" }.joined()
            let said = ContextWords.avoided(in: text).lowercased()
            for word in ContextWords.words { #expect(!said.contains(word), "\(text) became \(said)") }
        }
    }

    @Test(
        "a full context is said in the words on which clients compact, with the engine's numbers (chat-completions 7)",
        arguments: [
            (
                ContextOverflow(tokens: 9000, limit: 8192),
                "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens. Please reduce the length of the messages."
            ),
            (
                ContextOverflow(tokens: nil, limit: 8192),
                "This model's maximum context length is 8192 tokens. However, your messages resulted in more tokens than it holds. Please reduce the length of the messages."
            ),
            (
                nil,
                "This model's maximum context length is less than this request needs. However, your messages resulted in more tokens than it holds. Please reduce the length of the messages."
            ),
        ] as [(ContextOverflow?, String)])
    func fullContext(_ context: ContextOverflow?, _ message: String) throws {
        var error = APIError.invalidRequest(.contextLengthExceeded, "n_prompt_tokens too large", param: "input")
        error.context = context
        let (status, headers, json) = try said(error)
        #expect(status == 400 && headers == ["x-should-retry: false"])
        #expect(json.text == #"{"message":"\#(message)","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}"#)
    }

    @Test(
        "statuses that a retry may change say nothing of it",
        arguments: [(401, true), (403, true), (404, true), (413, true), (422, true), (408, false), (409, false), (429, false), (500, false), (502, false), (503, false)])
    func retries(_ status: Int, _ isFinal: Bool) throws {
        let answer = try said(APIError(status: status, type: "server_error", code: nil, message: "m"))
        #expect(answer.status == status && answer.headers.isEmpty == !isFinal)
        #expect(answer.error.text == #"{"message":"m","type":"server_error","param":null,"code":null}"#, "all four keys, always")
    }

    @Test(
        "the core's fields have this wire's names",
        arguments: [
            ("input[3].content", "messages"), ("input", "messages"), ("max_output_tokens", "max_completion_tokens"), ("text.format", "response_format"),
            ("text.format.schema", "response_format.schema"), ("reasoning.effort", "reasoning_effort"), ("tools[0].name", "tools[0].name"),
        ])
    func names(_ core: String, _ own: String) throws {
        let error = try said(.wrongValue(core, "no.")).error
        #expect(error["param"]?.stringValue == own)
        #expect(error["message"]?.stringValue == "Invalid value for '\(own)': no.")
    }
}
