import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

/// A compaction is a turn whose last event is the compaction (responses-api 10).
struct CompactionTests {
    /// Seals by turning texts around: enough to see what was sealed.
    private struct Reverser: ContentSealer {
        func seal(_ text: JSONText, as purpose: SealPurpose, for owner: Owner) -> String { String(text.string.reversed()) }
        func open(_ sealed: String, as purpose: SealPurpose, for owner: Owner) -> JSONText? { JSONText(String(sealed.reversed())) }
    }

    private func connection(_ process: InMemoryProcess = InMemoryProcess()) -> InMemoryConnection {
        InMemoryConnection(process) {
            $0.transport = .json
            $0.sealer = Reverser()
        }
    }

    @Test func theUsersMessagesAndASummary() throws {
        let connection = connection()
        try connection.post(
            #"{"model":"list","input":[{"role":"user","content":"walk"},{"role":"assistant","content":"by the sea"}]}"#,
            for: .compaction)
        #expect(connection.works.first?.prompt.contains("Summarize this conversation") == true)
        connection.answer(EngineAnswer([[.text("sea")], [.text("side"), .usage(Usage(inputTokens: 5))]]))
        let object = connection.finished.first?.object
        #expect(object?["object"]?.stringValue == "response.compaction")
        let output = object?["output"]?.elements ?? []
        #expect(output.map { $0["type"]?.stringValue } == ["message", "compaction"])
        #expect(output.last?["encrypted_content"]?.stringValue == "edisaes")
        #expect(object?["usage"]?["input_tokens"]?.intValue == 5)
    }

    @Test func theConversationThatIsContinuedCounts() throws {
        let process = InMemoryProcess()
        let first = InMemoryConnection(process) { $0.transport = .json }
        try first.post(#"{"model":"list","input":"one"}"#)
        first.answer(.say("I"))
        let id = try #require(first.finished.first?.object?["id"]?.stringValue)
        let connection = connection(process)
        try connection.post(#"{"model":"list","previous_response_id":"\#(id)","input":"two"}"#, for: .compaction)
        connection.answer(.say("both"))
        let output = connection.finished.first?.object?["output"]?.elements ?? []
        #expect(output.map { $0["type"]?.stringValue } == ["message", "message", "compaction"])
        #expect(process.stored["alice"]?.count == 1, "a compaction is not a response")
    }

    /// The chain is in the store alone, and the model's dialect is another than before: it is read, rendered, and read again.
    @Test func aChainThatMovesIsCompactedFromTheStore() throws {
        let process = InMemoryProcess(engines: ListDirectory(["small": "one", "large": "two"]))
        let socket = InMemoryConnection(process)
        let first = socket.complete("one", model: "small", store: true, say: "I")
        let second = socket.complete("two", after: first, model: "small", store: true, say: "II")
        process.emptyCache()
        // From now on the cache has the newest response alone, rendered for the first dialect.
        socket.complete("three", after: second, model: "small", store: true, say: "III")
        let connection = connection(process)
        try connection.post(#"{"model":"large","previous_response_id":"\#(second)","input":"and"}"#, for: .compaction)
        connection.answer(.say("all"))
        let output = connection.finished.first?.object?["output"]?.elements ?? []
        #expect(output.map { $0["type"]?.stringValue } == ["message", "message", "message", "compaction"])
        #expect(process.placed == 0)
    }

    @Test func aMissingModelIsFoundFirst() throws {
        let connection = connection()
        try connection.post(#"{"previous_response_id":"resp_lost","input":"two"}"#, for: .compaction)
        #expect(connection.finished.first?.error == .missing("model"))
    }

    @Test func aRefusalIsWhatTheModelWrote() throws {
        let connection = connection()
        try connection.post(#"{"model":"list","input":"one"}"#, for: .compaction)
        connection.answer(EngineAnswer([[.refusal("no")]]))
        #expect(connection.finished.first?.object?["output"]?.elements.last?["encrypted_content"]?.stringValue == "on")
    }

    @Test(arguments: [
        (EngineAnswer([]), 502), (EngineAnswer([[.reasoning("hm")]], finish: .length), 502), (EngineAnswer.fail(.overloaded), 503),
    ])
    func withoutASummaryItFails(answer: EngineAnswer, status: Int) throws {
        let connection = connection()
        try connection.post(#"{"model":"list","input":"one"}"#, for: .compaction)
        connection.answer(answer)
        #expect(connection.finished.first?.error?.status == status)
    }
}
