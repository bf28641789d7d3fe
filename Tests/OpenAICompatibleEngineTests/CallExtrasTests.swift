import NIOCore
import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import Synchronization
import Testing

@testable import OpenAICompatibleEngine

/// What an engine puts beside a call goes back with it: in the chain, and for clients that send everything.
struct CallExtrasTests {
    private static func stream(_ deltas: String...) -> String {
        deltas.map { "data: {\"choices\":[{\"index\":0,\"delta\":\($0)}]}\n\n" }.joined()
            + "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n"
    }

    private static let tools = ToolSet.json(#"[{"type":"function","name":"f"}]"#)

    private static let extra = #""extra_content":{"google":{"thought_signature":"c2ln"}}"#

    private static func history(_ ids: [String], owner: Owner = .anybody, dialect: any Dialect<ChatPrompt> = ChatDialect()) throws
        -> GenerationRequest<ChatPrompt>
    {
        let calls = ids.map { Item.json(#"{"type":"function_call","call_id":"\#($0)","name":"f","arguments":"{}"}"#) }
        let outputs = ids.map { Item.json(#"{"type":"function_call_output","call_id":"\#($0)","output":"o"}"#) }
        var request = GenerationRequest(model: "m", prompt: try dialect.extend(nil, with: [.user("u")] + calls + outputs))
        request.owner = owner
        request.tools = tools
        return request
    }

    /// A signed call, then what the engine is sent with the next turns.
    private static func sent(
        _ first: String, profile: EngineProfile = EngineProfile(), then requests: (String, GenerationResult) throws -> [GenerationRequest<ChatPrompt>]
    ) async throws -> [String] {
        let bodies = Mutex<[String]>([])
        try await FakeEngine.with(profile: profile) { exchange in
            bodies.withLock { $0.append(exchange.body) }
            exchange.answerStream(exchange.number == 1 ? first : stream(#"{"content":"ok"}"#))
        } _: { engine, _ in
            let sink = ListeningSink()
            var request = GenerationRequest(model: "m", prompt: try engine.dialect.extend(nil, with: [.user("u")]))
            request.owner = "a"
            request.tools = tools
            let result = try await engine.generate(request, into: sink)
            for next in try requests(sink.heard.calls.first?.id ?? "", result) { _ = try await engine.generate(next, into: ListeningSink()) }
        }
        return Array(bodies.withLock { $0 }.dropFirst())
    }

    @Test(arguments: [
        (#""thoughtSignature":"c2ln""#, true), (#""SIGNATURE":"c2ln""#, true), (#""reasoning_encrypted":"x""#, true), (#""of_any_name":{"a":1}"#, true),
        (#""status":"done""#, false), (#""signatur":"c2ln""#, false), (#""signature":7"#, false), (#""signature":"""#, false),
    ])
    func whatMayHaveToComeBack(_ member: String, _ comesBack: Bool) {
        let parts = member.split(separator: ":", maxSplits: 1)
        let isOne = Array(parts[0].utf8.dropFirst().dropLast()).withUnsafeBufferPointer { name in
            Array(parts[1].utf8).withUnsafeBufferPointer { OpaqueMembers.isOne(name, $0) }
        }
        #expect(isOne == comesBack)
    }

    @Test(arguments: [#""id":"call_aaaaaaaa","#, #""id":"","#, ""])
    func aSignatureGoesBackWithItsCall(_ id: String) async throws {
        let first = Self.stream(#"{"tool_calls":[{"index":0,\#(id)"type":"function","function":{"name":"f","arguments":"{}"},\#(Self.extra)}]}"#)
        let bodies = try await Self.sent(first) { id, result in
            #expect(result.trace != nil && !id.isEmpty)
            var inChain = try Self.history([id], owner: "b")
            inChain.trace = result.trace
            return [inChain, try Self.history([id], owner: "a"), try Self.history([id], owner: "b"), try Self.history(["call_bbbbbbbb"], owner: "a")]
        }
        let calls = try bodies.map { try RawJSON(parsing: $0)["messages"]?.elements[1]["tool_calls"]?.elements.first }
        let signatures = calls.map { $0?["extra_content"]?["google"]?["thought_signature"]?.stringValue }
        #expect(signatures == ["c2ln", "c2ln", nil, nil])
    }

    @Test func onlyTheSignedOfSeveralCallsHasOne() async throws {
        let first = Self.stream(
            #"{"tool_calls":[{"index":0,"id":"call_aaaaaaaa","function":{"name":"f","arguments":"{}"}},{"index":1,"id":"call_bbbbbbbb","function":{"name":"f","arguments":"{}"},\#(Self.extra)}]}"#)
        let bodies = try await Self.sent(first) { _, _ in [try Self.history(["call_aaaaaaaa", "call_bbbbbbbb"], owner: "a")] }
        let calls = try RawJSON(parsing: bodies[0])["messages"]?.elements[1]["tool_calls"]?.elements ?? []
        #expect(calls.map { $0["extra_content"] != nil } == [false, true])
    }

    @Test func detailsOfReasoningGoBackWhole() async throws {
        let first = Self.stream(
            #"{"reasoning":"a","reasoning_details":[{"type":"reasoning.text","text":"a","index":0,"format":"f"}]}"#,
            #"{"reasoning":"b","reasoning_details":[{"type":"reasoning.text","text":"b","index":0,"signature":"c2ln"},{"type":"reasoning.encrypted","data":"x","index":1}]}"#,
            #"{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{}"}}]}"#)
        let bodies = try await Self.sent(first) { id, _ in [try Self.history([id], owner: "a")] }
        let details = try RawJSON(parsing: bodies[0])["messages"]?.elements[1]["reasoning_details"]
        #expect(
            details?.text
                == #"[{"type":"reasoning.text","text":"ab","index":0,"format":"f","signature":"c2ln"},{"type":"reasoning.encrypted","data":"x","index":1}]"#)
    }

    @Test func aProfileMaySayThatNothingGoesBack() async throws {
        var profile = EngineProfile()
        try profile.set("call-extras", to: "no")
        let first = Self.stream(#"{"tool_calls":[{"index":0,"id":"call_aaaaaaaa","function":{"name":"f","arguments":"{}"},\#(Self.extra)}]}"#)
        let bodies = try await Self.sent(first, profile: profile) { id, _ in [try Self.history([id], owner: "a")] }
        #expect(!bodies[0].contains("extra_content"))
    }

    @Test func anIdThatTheConversationHasIsNotGivenTwice() async throws {
        let counted = Self.stream(#"{"tool_calls":[{"index":0,"id":"functions.f:0","function":{"name":"f","arguments":"{}"}}]}"#)
        try await FakeEngine.with { $0.answerStream(counted) } _: { engine, _ in
            let cases: [([String], String?)] = [
                ([], "functions.f:0"), (["call_aaaaaaaa"], "functions.f:0"), (["call_aaaaaaaa", "functions.f:0"], nil),
            ]
            for (ids, expected) in cases {
                let sink = ListeningSink()
                try await engine.run(try Self.history(ids), into: sink)
                #expect(sink.heard.calls.map(\.id) == [expected])
            }
        }
    }

    // MARK: The memory

    private static func entry(_ key: UInt64, _ size: Int) -> ChatTrace.Entry {
        ChatTrace.Entry(key: key, extra: CallExtra(ofCall: [UInt8](repeating: 0x61, count: size), details: []))
    }

    @Test func theMemoryIsBounded() {
        var limits = OpenAICompatibleLimits()
        limits.callMemoryOwnerBytesMax = 10_000
        limits.callMemoryBytesMax = 25_000
        limits.callMemoryOwnersMax = 3
        let memory = CallMemory(limits)
        #expect(memory.known(to: "a").isEmpty)
        for key in 0..<100 as Range<UInt64> { memory.keep([Self.entry(key, 500)], of: "a") }
        #expect(memory.bytes <= 10_000)
        #expect(memory.known(to: "a")[99] != nil && memory.known(to: "a")[0] == nil)
        for owner in ["b", "c", "d", "e"] as [Owner] {
            for key in 0..<100 as Range<UInt64> { memory.keep([Self.entry(key, 500)], of: owner) }
            #expect(memory.bytes <= 25_000)
        }
        #expect(memory.known(to: "a").isEmpty && memory.known(to: "e")[99] != nil)
        memory.keep([Self.entry(7, 50_000)], of: "e")
        #expect(memory.bytes <= 25_000)
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func whatIsPutBetweenSlicesStandsWhereItBelongs(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var prompt: ChatPrompt?
        var signed: Set<String> = []
        var trace = ChatTrace()
        for index in 0..<Int.random(in: 1..<60, using: &random) {
            let ids = (0..<Int.random(in: 1...3, using: &random)).map { "call_\(index)_\($0)" }
            let long = String(repeating: "x", count: Int.random(in: 0..<5000, using: &random))
            prompt = try ChatDialect().extend(
                prompt,
                with: ids.map { .json(#"{"type":"function_call","call_id":"\#($0)","name":"f","arguments":"{}"}"#) }
                    + ids.map { .json(#"{"type":"function_call_output","call_id":"\#($0)","output":"\#(long)"}"#) })
            for id in ids where Bool.random(using: &random) {
                signed.insert(id)
                let extra = CallExtra(ofCall: Array(#""extra_content":{"id":"\#(id)"}"#.utf8), details: Array(#"[{"id":"\#(id)"}]"#.utf8))
                trace = trace.adding([ChatTrace.Entry(key: CallIDs.key(id), extra: extra)])
            }
        }
        let whole = try #require(prompt)
        let slices = KnownExtras(trace, remembered: [:]).beside(whole.marks, in: whole.closed.slices(), EngineProfile())
        var bytes = [UInt8(ascii: "[")]
        for slice in slices { bytes.append(contentsOf: slice.readableBytesView) }
        for message in try RawJSON(parsing: bytes + [UInt8(ascii: "]")]).elements {
            let calls = message["tool_calls"]?.elements ?? []
            for call in calls {
                let id = call["id"]?.stringValue ?? ""
                #expect(call["extra_content"]?["id"]?.stringValue == (signed.contains(id) ? id : nil))
            }
            if let last = calls.last?["id"]?.stringValue {
                #expect(message["reasoning_details"]?.elements.first?["id"]?.stringValue == (signed.contains(last) ? last : nil))
            }
        }
    }
}
