import AllocationCounter
import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

@testable import ChatWire

/// Turns as clients read them (chat-completions 6).
@Suite("Chat: writing") struct WritingTests {
    private static let usage =
        #"{"prompt_tokens":30,"completion_tokens":7,"total_tokens":37,"prompt_tokens_details":{"cached_tokens":20,"audio_tokens":0},"#
        + #""completion_tokens_details":{"reasoning_tokens":2,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}"#
    private static let head = #"{"id":"chatcmpl-0a1b","object":"chat.completion.chunk","created":1,"model":"m","choices":["#
    private static let hi = #"[{"role":"user","content":"hi"}]"#

    private static func chunk(_ delta: String, _ more: String = "", finish: String = "null", usage: String = "") -> String {
        head + #"{"index":0,"delta":\#(delta)\#(more),"finish_reason":\#(finish)}]\#(usage)}"#
    }

    private static let begin = chunk(#"{"role":"assistant","content":""}"#)
    private static func end(_ word: String) -> String { chunk("{}", finish: "\"\(word)\"") }

    private func written(_ pieces: [GenerationPiece], _ finish: FinishReason = .stop, fields: String = "") throws -> [String] {
        var written = Written(try read(body(Self.hi, #""stream":true\#(fields.isEmpty ? "" : ",")\#(fields)"#)))
        #expect(written.events.isEmpty, "the head waits (chat-completions 6.4)")
        written.receive(pieces)
        #expect(written.finish(finish).isEmpty)
        return written.events.texts
    }

    // MARK: Streamed (chat-completions 6.2)

    @Test func text() throws {
        #expect(
            try written([.text("Hel"), .text("lo \"you\"\n")])
                == [Self.begin, Self.chunk(#"{"content":"Hel"}"#), Self.chunk(#"{"content":"lo \"you\"\n"}"#), Self.end("stop")])
        #expect(try written([]) == [Self.begin, Self.end("stop")])
    }

    @Test func thoughtsTextAndCalls() throws {
        let first = { (index: Int, id: String, name: String) in
            Self.chunk(#"{"tool_calls":[{"index":\#(index),"id":"\#(id)","type":"function","function":{"name":"\#(name)","arguments":""}}]}"#)
        }
        let more = { (index: Int, text: String) in
            Self.chunk(#"{"tool_calls":[{"index":\#(index),"function":{"arguments":"\#(text)"}}]}"#)
        }
        #expect(
            try written([
                .reasoning("I "), .reasoning("think"), .text("Look:"), .call(0, "bash", id: "call_7"), .input(0, #"{"command":"#),
                .input(0, #""ls"}"#), .call(1, "read"), .input(1, "{}"), .call(2, "none"),
            ]) == [
                Self.begin, Self.chunk(#"{"reasoning_content":"I "}"#), Self.chunk(#"{"reasoning_content":"think"}"#),
                Self.chunk(#"{"content":"Look:"}"#), first(0, "call_7", "bash"), more(0, #"{\"command\":"#), more(0, #"\"ls\"}"#),
                first(1, "call_c1", "read"), more(1, "{}"),
                // Engines write nothing for a function that takes nothing; clients parse what they get.
                first(2, "call_c2", "none"), more(2, "{}"), Self.end("tool_calls"),
            ])
    }

    @Test("thoughts go out once, under one name") func thoughts() throws {
        let pieces: [GenerationPiece] = [.summary("short"), .partEnd, .reasoning("long"), .text("a")]
        #expect(try written(pieces) == [Self.begin, Self.chunk(#"{"reasoning_content":"short"}"#), Self.chunk(#"{"content":"a"}"#), Self.end("stop")])
        #expect(
            try written(pieces, fields: #""reasoning":{"exclude":true}"#) == [Self.begin, Self.chunk(#"{"content":"a"}"#), Self.end("stop")])
        let other = try ChatWire(reasoning: .reasoning).request(
            reading: Array(body(Self.hi, #""stream":true"#).utf8), WireReading())
        var written = Written(other)
        written.receive([.reasoning("hm")])
        #expect(written.events.texts.last == Self.chunk(#"{"reasoning":"hm"}"#))
    }

    @Test("a custom tool's call") func customCall() throws {
        #expect(
            try written([.call(0, "c", id: "a", kind: .custom), .input(0, "x\n"), .input(0, "y")]) == [
                Self.begin, Self.chunk(#"{"tool_calls":[{"index":0,"id":"a","type":"custom","custom":{"name":"c","input":""}}]}"#),
                Self.chunk(#"{"tool_calls":[{"index":0,"custom":{"input":"x\n"}}]}"#), Self.chunk(#"{"tool_calls":[{"index":0,"custom":{"input":"y"}}]}"#),
                Self.end("tool_calls"),
            ])
    }

    @Test("the older form") func functionCall() throws {
        #expect(
            try written([.call(0, "f", id: "a"), .input(0, "{\"a\":"), .input(0, "1}")], fields: #""functions":[{"name":"f"}]"#) == [
                Self.begin, Self.chunk(#"{"function_call":{"name":"f","arguments":""}}"#), Self.chunk(#"{"function_call":{"arguments":"{\"a\":"}}"#),
                Self.chunk(#"{"function_call":{"arguments":"1}"}}"#), Self.end("function_call"),
            ])
    }

    @Test("usage last, and only when asked") func usage() throws {
        let none = #","usage":null"#
        #expect(
            try written([.text("a")], fields: #""stream_options":{"include_usage":true,"include_obfuscation":false}"#) == [
                Self.chunk(#"{"role":"assistant","content":""}"#, usage: none), Self.chunk(#"{"content":"a"}"#, usage: none),
                Self.chunk("{}", finish: "\"stop\"", usage: none), Self.head + #"],"usage":\#(Self.usage)}"#,
            ])
        #expect(try written([.text("a")], fields: #""stream_options":{"include_usage":false}"#).allSatisfy { !$0.contains("usage") })
    }

    @Test func logprobs() throws {
        let entry: RawJSON = #"[{"token":"a","logprob":-0.1,"bytes":[97],"top_logprobs":[]}]"#
        #expect(
            try written([.text("a"), .logprobs(entry), .text("b")], fields: #""logprobs":true"#) == [
                Self.begin, Self.chunk(#"{"content":"a"}"#, #","logprobs":{"content":\#(entry.text),"refusal":null}"#), Self.chunk(#"{"content":"b"}"#),
                Self.end("stop"),
            ])
    }

    @Test("every reason to end") func finishes() throws {
        #expect(try written([.text("a")], .length).last == Self.end("length"))
        #expect(try written([.text("a")], .contentFilter).last == Self.end("content_filter"))
        #expect(try written([.call(0, "f", id: "a"), .input(0, "{")], .length).last == Self.end("length"))
        #expect(try written([.refusal("no")]) == [Self.begin, Self.chunk(#"{"refusal":"no"}"#), Self.end("stop")])
        #expect(
            try written([.text("a END")], fields: #""stop":"END""#) == [Self.begin, Self.chunk(#"{"content":"a "}"#), Self.end("stop")])
    }

    @Test("the strictest client's form: a delta in each choice, calls with function and index, text apart from calls, no error key")
    func strictForm() throws {
        let lines = try written([.reasoning("t"), .text("a"), .call(0, "f", id: "a"), .input(0, "{}"), .call(1, "g", id: "b"), .input(1, "{}")])
        for line in lines {
            let json = try RawJSON(parsing: line)
            #expect(json["error"] == nil)
            for choice in try #require(json["choices"]).elements {
                let delta = try #require(choice["delta"])
                #expect(delta.isObject && choice["finish_reason"] != nil)
                let calls = delta["tool_calls"]?.elements ?? []
                #expect(calls.allSatisfy { $0["index"]?.intValue != nil && $0["function"]?.isObject == true })
                #expect(calls.isEmpty || delta["content"] == nil)
            }
        }
        #expect(lines.filter { $0.contains(#""finish_reason":""#) }.count == 1)
    }

    @Test(.enabled(if: AllocationCounter.works), arguments: [VoicedText.text, .reasoning]) func aDeltaAllocatesNothing(_ kind: VoicedText) throws {
        let format = ChatFormat(isStream: true, hasUsage: true, isLegacy: false, reasoning: .reasoningContent)
        var voice = ChatVoice(ChatAnswer(id: "chatcmpl-1", model: "m", created: 1), format)
        var events = EventBuffer()
        voice.itemBegan(kind == .text ? .message : .reasoning, into: &events)
        let piece = Array("a piece of text".utf8)[...]
        // Once, so that the buffer has its room.
        for _ in 0..<200 { voice.said(kind, piece, logprobs: nil, into: &events) }
        events.removeAll()
        let calls = AllocationCounter.count { for _ in 0..<100 { voice.said(kind, piece, logprobs: nil, into: &events) } }.counts.calls
        #expect(calls == 0)
        #expect(events.marks.count == 100)
    }

    // MARK: Silence and failure (chat-completions 6.4)

    @Test func aHeartbeatBeginsTheStreamOrIsAComment() throws {
        var written = Written(try read(body(Self.hi, #""stream":true"#)))
        written.heartbeat()
        #expect(written.events.texts == [Self.begin])
        written.receive([.text("a")])
        written.heartbeat()
        #expect(written.events.texts == [Self.begin, Self.chunk(#"{"content":"a"}"#), ""])
        _ = written.finish()
        #expect(written.events.texts.last == Self.end("stop"))
    }

    @Test("a failure is a status before the head, and a record behind it (chat-completions 7)") func failures() throws {
        let error = APIError(status: 503, type: "server_error", code: .serverIsOverloaded, message: "Too much. Try again.")
        var early = Written(try read(body(Self.hi, #""stream":true"#)))
        #expect(early.fail(error).isEmpty && early.events.marks.isEmpty)
        var late = Written(try read(body(Self.hi, #""stream":true"#)))
        late.receive([.text("a")])
        _ = late.fail(error)
        #expect(
            late.events.texts == [
                Self.begin, Self.chunk(#"{"content":"a"}"#),
                #"{"error":{"message":"Too much. Try again.","type":"server_error","param":null,"code":"server_is_overloaded"}}"#,
            ])
    }

    // MARK: Not streamed (chat-completions 6.1)

    private func object(_ pieces: [GenerationPiece], _ finish: FinishReason = .stop, fields: String = "") throws -> RawJSON {
        var written = Written(try read(body(Self.hi, fields)))
        written.receive(pieces)
        written.heartbeat()
        #expect(written.events.isEmpty)
        return try RawJSON(parsing: written.finish(finish))
    }

    private static func whole(_ message: String, finish: String, logprobs: String = "null") -> String {
        #"{"id":"chatcmpl-0a1b","object":"chat.completion","created":1,"model":"m","system_fingerprint":null,"service_tier":"default","#
            + #""choices":[{"index":0,"finish_reason":"\#(finish)","logprobs":\#(logprobs),"message":{"role":"assistant",\#(message)}}],"#
            + #""usage":\#(usage)}"#
    }

    @Test func oneObject() throws {
        #expect(try object([.text("a"), .text("b")]).text == Self.whole(#""content":"ab","refusal":null,"annotations":[]"#, finish: "stop"))
        #expect(try object([]).text == Self.whole(#""content":"","refusal":null,"annotations":[]"#, finish: "stop"))
        #expect(try object([.refusal("no")]).text == Self.whole(#""content":null,"refusal":"no","annotations":[]"#, finish: "stop"))
        #expect(
            try object([.reasoning("hm"), .call(0, "f", id: "x"), .input(0, #"{"a": 1}"#), .call(1, "c", id: "y", kind: .custom), .input(1, "raw")]).text
                == Self.whole(
                    #""content":null,"refusal":null,"annotations":[],"reasoning_content":"hm","tool_calls":["#
                        + #"{"id":"x","type":"function","function":{"name":"f","arguments":"{\"a\": 1}"}},"#
                        + #"{"id":"y","type":"custom","custom":{"name":"c","input":"raw"}}]"#, finish: "tool_calls"))
        #expect(
            try object([.call(0, "f", id: "x"), .input(0, "{}")], fields: #""functions":[{"name":"f"}]"#).text
                == Self.whole(
                    #""content":null,"refusal":null,"annotations":[],"function_call":{"name":"f","arguments":"{}"}"#, finish: "function_call"))
    }

    @Test func oneObjectsLogprobsAndSources() throws {
        let entry = #"{"token":"a","logprob":-0.1,"bytes":[97],"top_logprobs":[]}"#
        let logprobs = try RawJSON(parsing: "[\(entry)]")
        let object = try object(
            [.text("a"), .logprobs(logprobs), .annotation(#"{"type":"url_citation","url":"u","title":"t","start_index":0,"end_index":1}"#)],
            fields: #""logprobs":true"#)
        #expect(
            object.text
                == Self.whole(
                    #""content":"a","refusal":null,"annotations":[{"type":"url_citation","url_citation":{"url":"u","title":"t","start_index":0,"end_index":1}}]"#,
                    finish: "stop", logprobs: #"{"content":[\#(entry)],"refusal":null}"#))
    }

    @Test func aFailureWithoutAStreamHasNoBody() throws {
        var written = Written(try read(body(Self.hi)))
        written.receive([.text("a")])
        #expect(written.fail(.missing("x")).isEmpty && written.events.marks.isEmpty)
    }

    // MARK: The way there and back (chat-completions 9.1)

    @Test("what was said comes back as the items that the engine made") func thereAndBack() throws {
        let object = try object([.reasoning("hm"), .text("a\n\"ä\""), .call(0, "f", id: "id1"), .input(0, #"{"x":[1,2]}"#)])
        let message = try #require(object["choices"]?.elements.first?["message"])
        let messages = #"[{"role":"user","content":"hi"},\#(message.text),{"role":"tool","tool_call_id":"id1","content":"ok"}]"#
        #expect(
            try read(body(messages)).items == ["user: hi", "thought: hm", "assistant: a\n\"ä\"", #"call id1 f {"x":[1,2]}"#, "output id1: ok"])
    }
}
