import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

/// One response has an end, whatever its engine does: by bytes, items and time (responses-api 3).
struct ResponseLimitTests {
    private func connection(
        _ process: InMemoryProcess = InMemoryProcess(), bytes: Int = 1 << 20, items: Int = 100,
        _ more: (inout Connection.Configuration) -> Void = { _ in }
    ) -> InMemoryConnection {
        InMemoryConnection(process) {
            $0.limits.responseBytesMax = bytes
            $0.limits.responseItemsMax = items
            more(&$0)
        }
    }

    /// What ends by a limit: the engine is stopped, the client gets one last event that says which limit it was.
    private func checkCut(
        _ connection: InMemoryConnection, _ limit: ResponseLimit, sourceLocation: SourceLocation = #_sourceLocation
    ) -> ReceivedEvent? {
        let events = connection.take()
        checkResponse(events)
        let last = events.last
        #expect(last?.type == "response.incomplete", sourceLocation: sourceLocation)
        #expect(
            last?["response.incomplete_details"]?.text
                == #"{"reason":"max_output_tokens","hotline_limit":"\#(limit.rawValue)"}"#, sourceLocation: sourceLocation)
        #expect(connection.stopped.count == 1 && connection.works.isEmpty, "the engine is stopped", sourceLocation: sourceLocation)
        #expect(connection.process.placed == 0, sourceLocation: sourceLocation)
        return last
    }

    // MARK: Bytes

    /// Whatever a model can make counts, in one batch or in many.
    static let endless: [(String, GenerationPiece)] = [
        ("text", .text(String(repeating: "x", count: 100))), ("refusal", .refusal(String(repeating: "x", count: 100))),
        ("reasoning", .reasoning(String(repeating: "x", count: 100))), ("summary", .summary(String(repeating: "x", count: 100))),
        ("annotation", .annotation(#"{"type":"url_citation","url":"http://a"}"#)),
        ("arguments", .input(0, String(repeating: "x", count: 100))),
        ("input", .input(1, String(repeating: "x", count: 100))),
        ("logprobs", .logprobs(#"[{"token":"x","logprob":-1,"bytes":[1],"top_logprobs":[]}]"#)),
        ("foreign items", .itemEnded(0, #"{"type":"web_search_call","status":"completed","action":{"query":"what is it"}}"#)),
        ("foreign items that begin", .itemBegan(0, #"{"type":"web_search_call","status":"in_progress"}"#)),
        ("progress that waits", .itemProgress(7, "response.x.partial", RawJSON(stringLiteral: #"{"partial":"\#(String(repeating: "x", count: 100))"}"#))),
        ("parts", .text("x")),
    ]

    @Test(arguments: endless.map(\.0), [true, false]) func everythingCounts(kind: String, isOneBatch: Bool) throws {
        let piece = try #require(Self.endless.first { $0.0 == kind }).1
        let connection = connection(bytes: 20_000, items: 1_000_000)
        connection.create()
        var batch: GenerationBatch = []
        func add(_ piece: GenerationPiece) {
            if isOneBatch {
                batch.append(piece)
            } else {
                connection.give(piece)
            }
        }
        switch kind {
        case "arguments", "progress that waits": add(.call(0, "f"))
        case "input": add(.call(1, "sh", kind: .custom))
        default: break
        }
        for number in 0..<20_000 {
            switch (kind, piece) {
            case (_, .itemEnded(_, let item)): add(.itemEnded(number, item))
            case (_, .itemBegan(_, let item)): add(.itemBegan(number, item))
            case (_, .logprobs): add(.text("x")); add(piece)
            case ("parts", _): add(piece); add(.partEnd)
            default: add(piece)
            }
        }
        if isOneBatch { connection.give(batch) }
        let last = checkCut(connection, .bytes)
        #expect((last?["response.output"]?.text.utf8.count ?? 0) < 30_000)
        #expect(last?["response.output"]?.elements.last?["status"]?.stringValue == "incomplete" || kind == "foreign items")
    }

    /// A piece of 40 MiB, as an engine that does not stream has it: what fits stays, to the last whole character.
    @Test(arguments: [
        (6, "abcdef"), (7, "abcdef"), (8, "abcdef\u{e9}"), (9, "abcdef\u{e9}"), (10, "abcdef\u{e9}\n"), (11, "abcdef\u{e9}\n"),
        (15, "abcdef\u{e9}\n"), (16, "abcdef\u{e9}\n\u{1}"), (19, "abcdef\u{e9}\n\u{1}"), (20, "abcdef\u{e9}\n\u{1}\u{1F600}"),
        (21, "abcdef\u{e9}\n\u{1}\u{1F600}"), (22, "abcdef\u{e9}\n\u{1}\u{1F600}\\"), (25, "abcdef\u{e9}\n\u{1}\u{1F600}\\\u{20AC}"),
    ])
    func aPieceIsCutBetweenCharacters(bytes: Int, kept: String) {
        let frame = 96
        let connection = connection(bytes: bytes + frame + 3)
        connection.create()
        // Its item is begun by the first text.
        connection.give(.text("abc"))
        connection.give(.text("abcdef\u{e9}\n\u{1}\u{1F600}\\\u{20AC}" + String(repeating: "\\", count: 100)))
        let last = checkCut(connection, .bytes)
        #expect(last?.string("response.output[0].content[0].text") == "abc" + kept)
        #expect(last?.string("response.output[0].status") == "incomplete")
    }

    /// What fits to the byte is whole.
    @Test func theLimitItselfIsAllowed() {
        let connection = connection(bytes: 100 + 96)
        connection.create()
        connection.give(.text("x"))
        connection.answer(.say(String(repeating: "x", count: 99)))
        #expect(connection.take().last?.type == "response.completed")
    }

    @Test func aCallThatIsCutKeepsItsArguments() {
        let connection = connection(bytes: 300)
        connection.create()
        connection.give(.text("I look. "), .call(0, "f", id: "c"), .input(0, #"{"query":""#))
        connection.give(.input(0, String(repeating: "y", count: 400)))
        let last = checkCut(connection, .bytes)
        #expect(last?.string("response.output[0].status") == "completed")
        #expect(last?.string("response.output[1].status") == "incomplete")
        let arguments = last?.string("response.output[1].arguments") ?? ""
        #expect(arguments.hasPrefix(#"{"query":"yyyy"#) && arguments.hasSuffix("y"))
        // It needs no output, and the conversation goes on.
        connection.create("go on", after: last?.string("response.id"))
        #expect(connection.take().types == beginning)
        #expect(connection.works.first?.prompt.contains("I look.") == true)
    }

    @Test func whatWaitsBehindACallIsInTheResponse() {
        let connection = connection(bytes: 3000)
        connection.create()
        connection.give(.call(0, "f", id: "c"), .input(0, "{"), .call(1, "g", id: "d"), .input(1, "{}"))
        for _ in 0..<100 { connection.give(.text("behind both ")) }
        let last = checkCut(connection, .bytes)
        let output = last?["response.output"]?.elements ?? []
        #expect(output.map { $0["type"]?.stringValue } == ["function_call", "function_call", "message"])
        #expect(output.map { $0["status"]?.stringValue } == ["incomplete", "completed", "incomplete"])
    }

    // MARK: Items

    @Test func callsBeyondTheLimitDoNotVanish() {
        let connection = connection(items: 3)
        connection.create()
        var batch: GenerationBatch = [.text("a")]
        for number in 0..<5 {
            batch.append(.call(number, "f", id: "c\(number)"))
            batch.append(.input(number, "{}"))
        }
        connection.give(batch)
        let last = checkCut(connection, .items)
        let output = last?["response.output"]?.elements ?? []
        #expect(output.map { $0["type"]?.stringValue } == ["message", "function_call", "function_call"])
        // They came to their end.
        #expect(output.map { $0["status"]?.stringValue } == ["completed", "completed", "completed"])
    }

    /// Two calls whose pieces come in turns wait for one another; the end of the model finds too many.
    @Test func whatWaitsIsCountedToo() {
        let connection = connection(items: 2)
        connection.create()
        connection.answer(
            EngineAnswer([[.call(0, "f", id: "c"), .input(0, "{"), .text("a"), .reasoning("b"), .text("c")]]))
        let events = connection.take()
        checkResponse(events)
        #expect(events.last?.type == "response.incomplete")
        #expect(events.last?.string("response.incomplete_details.hotline_limit") == "response_items")
        #expect(events.last?["response.output"]?.elements.count == 2)
    }

    @Test(arguments: ["text", "items"]) func itemsOfAllKindsCount(kind: String) {
        let connection = connection(items: 10)
        connection.create()
        for number in 0..<100 {
            if kind == "text" {
                connection.give(.text("a"), .reasoning("b"))
            } else {
                connection.give(.itemEnded(number, #"{"type":"x","status":"completed"}"#))
            }
        }
        let last = checkCut(connection, .items)
        #expect(last?["response.output"]?.elements.count == 10)
    }

    // MARK: Time

    @Test(arguments: [Connection.Transport.webSocket, .sse, .json]) func timeIsLimited(transport: Connection.Transport) throws {
        let connection = connection {
            $0.transport = transport
            $0.limits.responseDurationMax = .seconds(100)
            $0.limits.heartbeat = .seconds(1000)
        }
        let body = #""type":"response.create","model":"list","input":"x","store":false"#
        if transport == .webSocket { connection.send("{\(body)}") } else { try connection.post("{\(body)}") }
        #expect(connection.nextDeadline == connection.now.uptime + .seconds(100))
        connection.advance(by: .seconds(60))
        // Neither texts nor what is only noted put it off.
        connection.give(.text("a"), .usage(Usage(inputTokens: 3, outputTokens: 1)))
        connection.advance(by: .seconds(39))
        #expect(connection.stopped.isEmpty)
        connection.advance(by: .seconds(1))
        #expect(connection.stopped.count == 1)
        let object = try #require(connection.finished.first?.object)
        #expect(object["status"]?.stringValue == "incomplete")
        #expect(object["incomplete_details"]?.text == #"{"reason":"max_output_tokens","hotline_limit":"response_duration"}"#)
        #expect(object["output"]?.elements.first?["content"]?.elements.first?["text"]?.stringValue == "a")
        #expect(object["usage"]?["output_tokens"]?.intValue == 1)
        #expect(connection.core.turnCount == 0)
    }

    @Test func aPrefillHasTimeToo() {
        let connection = connection { $0.limits.responseDurationMax = .seconds(10) }
        connection.create("warm", #""generate":false"#)
        connection.advance(by: .seconds(10))
        #expect(checkCut(connection, .duration)?["response.output"]?.elements.isEmpty == true)
    }

    // MARK: Afterwards

    @Test(arguments: [true, false]) func itIsStoredAndGoesOn(isStored: Bool) {
        let process = InMemoryProcess()
        let connection = connection(process, bytes: 200)
        connection.create(store: isStored)
        connection.give(.text(String(repeating: "word ", count: 100)))
        let last = checkCut(connection, .bytes)
        let id = last?.string("response.id") ?? ""
        #expect((process.stored["alice"]?[ResponseID(id)] != nil) == isStored)
        let text = last?.string("response.output[0].content[0].text") ?? "?"
        // From memory here, from the store there.
        let next = isStored ? InMemoryConnection(process) : connection
        next.create("go on", after: id, store: isStored)
        #expect(next.works.first?.prompt.contains(text) == true)
    }

    /// A slow store, and an engine that did not hear that it is to stop.
    @Test func anEngineThatGoesOnIsIgnored() throws {
        let connection = connection(bytes: 200)
        connection.holdsStores = true
        connection.create(store: true)
        let work = try #require(connection.works.first)
        connection.give(.text(String(repeating: "x", count: 300)))
        let before = connection.take().count
        connection.give(.text("more"), to: work)
        connection.answer(.say("more"), to: work)
        #expect(connection.take().isEmpty && before > 0)
        connection.answerStores()
        #expect(connection.take().types == ["response.incomplete"])
        connection.give(.text("more"), to: work)
        connection.answer(.fail(), to: work)
        #expect(connection.take().isEmpty)
    }

    @Test func aModelThatStopsByItselfHasNoLimitNamed() {
        let connection = InMemoryConnection()
        connection.create()
        connection.answer(EngineAnswer([[.text("a")]], finish: .length))
        #expect(connection.take().last?["response.incomplete_details"]?.text == #"{"reason":"max_output_tokens"}"#)
    }

    // MARK: A compaction

    private struct Plain: ContentSealer {
        func seal(_ text: JSONText, as purpose: SealPurpose, for owner: Owner) -> String { text.string }
        func open(_ sealed: String, as purpose: SealPurpose, for owner: Owner) -> JSONText? { JSONText(sealed) }
    }

    /// Half a summary would be half of the conversation (responses-api 10).
    @Test(arguments: [true, false]) func anEndlessSummaryFails(isThought: Bool) throws {
        let connection = connection(bytes: 1000) {
            $0.transport = .json
            $0.sealer = Plain()
        }
        try connection.post(#"{"model":"list","input":"one"}"#, for: .compaction)
        for _ in 0..<100 {
            let piece = String(repeating: "x", count: 100)
            connection.give(isThought ? .reasoning(piece) : .text(piece))
        }
        #expect(connection.stopped.count == 1)
        let finished = try #require(connection.finished.first)
        #expect(finished.error?.status == 502 && finished.object == nil)
    }
}
