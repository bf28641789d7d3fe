import ResponsesAPI
import Testing

@testable import AgentBench

/// What a turn of a wire that resends brings, and how it goes back.
struct ResentTurnTests {
    private static func chat(_ chunks: String...) throws -> ResentTurn {
        var turn = ResentTurn()
        for chunk in chunks { turn.read(chunk: try RawJSON(parsing: chunk)) }
        turn.end()
        return turn
    }

    private static func messages(_ events: String...) throws -> ResentTurn {
        var turn = ResentTurn()
        for event in events { _ = turn.read(event: try RawJSON(parsing: event)) }
        turn.end()
        return turn
    }

    @Test func chunksBecomeATurn() throws {
        let turn = try Self.chat(
            #"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#,
            #"{"choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}"#,
            #"{"choices":[{"index":0,"delta":{"content":"a\n"}}]}"#, #"{"choices":[{"index":0,"delta":{"content":"b"}}]}"#,
            #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":""}}]}}]}"#,
            #"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\""}}]}}]}"#,
            #"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}}]}"#,
            #"{"choices":[{"delta":{"tool_calls":[{"index":1,"id":"c2","function":{"name":"g","arguments":"{}"}}]}}]}"#,
            #"{"choices":[{"delta":{},"finish_reason":"tool_calls"}],"usage":null}"#,
            #"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":6}}}"#)
        #expect(turn.text == "a\nb")
        #expect(turn.reasoning == "hm")
        #expect(turn.calls.map(\.id) == ["c1", "c2"])
        #expect(turn.calls.map(\.name) == ["f", "g"])
        #expect(turn.calls.map(\.arguments) == [#"{"x":1}"#, "{}"])
        #expect(turn.usage == Usage(inputTokens: 9, cachedTokens: 6, outputTokens: 4, reasoningTokens: 0))
        #expect(turn.hasReason)
        #expect(turn.firstPieceAt != nil)
    }

    @Test func eventsBecomeATurn() throws {
        let turn = try Self.messages(
            #"{"type":"message_start","message":{"usage":{"input_tokens":3,"cache_read_input_tokens":6,"output_tokens":1}}}"#,
            #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}}"#,
            #"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"#,
            #"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"ab"}}"#, #"{"type":"ping"}"#,
            #"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t1","name":"f","input":{}}}"#,
            #"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"x\":1}"}}"#,
            #"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":4}}"#)
        #expect(turn.text == "ab")
        #expect(turn.reasoning == "hm")
        #expect(turn.signature == "s")
        #expect(turn.calls.map(\.arguments) == [#"{"x":1}"#])
        #expect(turn.usage == Usage(inputTokens: 9, cachedTokens: 6, outputTokens: 4, reasoningTokens: 0))
        var ended = turn
        let isLast = ended.read(event: #"{"type":"message_stop"}"#)
        #expect(isLast)
    }

    /// Its arguments are not whole: to give it back would be refused.
    @Test func aCallThatTheLimitCutIsLeftOut() throws {
        let chat = try Self.chat(
            #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"f","arguments":"{\"x"}}]}}]}"#,
            #"{"choices":[{"delta":{},"finish_reason":"length"}]}"#)
        #expect(chat.calls.isEmpty)
        let messages = try Self.messages(
            #"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t1","name":"f","input":{}}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"x"}}"#,
            #"{"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":4}}"#)
        #expect(messages.calls.isEmpty)
    }

    /// Each turn extends the body of the one before, so that a server can know what it has read already.
    @Test(arguments: [ResendingWire.chat, .messages]) func aBodyExtendsTheOneBefore(wire: ResendingWire) throws {
        var plan = BenchPlan()
        (plan.contextBytes, plan.toolsBytes) = (100, 600)
        let work = try Workload(plan, run: "r", isScripted: true)
        var conversation = ResentConversation(wire, work, model: "m", outputTokens: 50, mustCall: true)
        var turn = try Self.chat(
            #"{"choices":[{"delta":{"content":"a","tool_calls":[{"index":0,"id":"c1","function":{"name":"f","arguments":"{\"x\":1}"}}]}}]}"#,
            #"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#)
        var before = conversation.body
        for _ in 0..<3 {
            conversation.add(turn, output: "done")
            let body = conversation.body
            #expect(body.starts(with: before.dropLast(2)))
            before = body
            turn = ResentTurn()
        }
        let json = try RawJSON(parsing: before)
        let messages = try #require(json["messages"]).elements
        let roles = messages.compactMap { $0["role"]?.stringValue }
        switch wire {
        case .chat:
            #expect(roles == ["system", "user", "user", "assistant", "tool", "assistant", "user", "assistant", "user"])
            #expect(messages[4]["tool_call_id"]?.stringValue == "c1")
            #expect(json["tool_choice"]?.stringValue == "required")
            #expect(json["tools"]?.elements.first?["function"]?["name"]?.stringValue == Workload.toolName)
        case .messages:
            #expect(roles == ["user", "user", "assistant", "user", "user", "user"])
            #expect(messages[3]["content"]?.elements.first?["tool_use_id"]?.stringValue == "c1")
            #expect(json["max_tokens"]?.intValue == 50)
            #expect(json["tools"]?.elements.first?["input_schema"]?.isObject == true)
        }
    }
}
