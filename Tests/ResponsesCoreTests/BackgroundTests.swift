import ResponsesAPI
import ResponsesCore
import ResponsesStore
import ResponsesTesting
import Testing

/// A response in the background, as Core decides it: queued, noted down, worked on, stored however it ends (responses-api 9).
struct BackgroundTests {
    private let process = InMemoryProcess()

    private func connection() -> InMemoryConnection { InMemoryConnection(process) { $0.transport = .background } }

    private func post(_ it: InMemoryConnection, _ more: String = "") throws {
        let input = more.contains("input") ? "" : #""input":"x","#
        try it.post(#"{"model":"list",\#(input)"background":true\#(more)}"#)
    }

    private var record: ResponseRecord? { process.stored["alice"]?.values.first }

    @Test func itBeginsAsQueuedAndIsNotedDownFirst() throws {
        let it = connection()
        try post(it)
        let events = it.take()
        #expect(events.types == ["response.created", "response.queued", "response.in_progress"])
        #expect(events.map { $0.json["sequence_number"]?.intValue } == [0, 1, 2])
        #expect(events.map { $0.json["response"]?["status"]?.stringValue } == ["queued", "queued", "in_progress"])
        #expect(events[0].json["response"]?["background"]?.boolValue == true)
        #expect(record?.isRunning == true)
        #expect(record?.status == "queued")
        it.answer(.say("done"))
        #expect(it.take().last?.type == "response.completed")
        #expect(record?.isRunning == false)
        #expect(record?.status == "completed")
        #expect(record?.output.count == 1)
    }

    @Test func whatFailsIsStoredAsFailed() throws {
        let it = connection()
        try post(it)
        it.answer(.fail())
        #expect(it.take().types.suffix(2) == ["error", "response.failed"])
        #expect(record?.status == "failed")
        #expect(record?.isRunning == false)
        #expect(record?.object["error"]?["message"]?.stringValue?.isEmpty == false)
    }

    /// Its status is of its own, there is no event of that, and what was made is kept.
    @Test func aCancelKeepsWhatWasMade() throws {
        let it = connection()
        try post(it)
        it.give(.text("half"))
        _ = it.take()
        it.cancelTurns()
        #expect(Set(it.take().types).isDisjoint(with: ["response.completed", "response.incomplete", "response.failed", "response.cancelled"]))
        #expect(it.stopped.count == 1)
        #expect(it.finished.count == 1)
        #expect(record?.status == "cancelled")
        #expect(record?.isRunning == false)
        #expect(record?.output.first?["content"]?.elements.first?["text"]?.stringValue == "half")
    }

    /// Its last event leaves at once, for those that read along; the store has as long as it takes.
    @Test func whatHasNoMoreTimeIsStoredAsFailed() throws {
        let it = connection()
        try post(it)
        it.holdsStores = true
        it.shutDown(within: .seconds(1))
        it.advance(by: .seconds(2))
        #expect(it.take().last?.type == "response.failed")
        it.answerStores()
        #expect(record?.status == "failed")
        #expect(record?.isRunning == false)
        #expect(it.closeReason == .shutdown)
        #expect(record?.object["error"]?["code"]?.stringValue == "server_error")
    }

    /// Nobody may hear of a response that a crash would make unknown.
    @Test func whatCannotBeNotedDownDoesNotBegin() throws {
        let it = connection()
        it.storeError = .unavailable(reason: "test")
        try post(it)
        #expect(it.works.isEmpty)
        #expect(it.finished.last?.error?.status == 503)
        #expect(process.stored.isEmpty)
    }

    @Test(arguments: [
        (#","store":false"#, "background"), (#","input":[{"type":"compaction_trigger"}]"#, "background"), (#","generate":false"#, "background"), (#","stream_id":"a""#, "stream_id"),
    ])
    func whatCannotBeIsSaid(_ more: String, _ field: String) throws {
        let it = connection()
        try post(it, more)
        let error = try #require(it.finished.last?.error)
        #expect(error.status == 400)
        #expect(error.param == field)
        #expect(process.stored.isEmpty)
    }

    @Test func aKeyThatMustNotStoreHasNoBackground() throws {
        let it = InMemoryConnection(process) {
            $0.transport = .background
            $0.mayStore = false
        }
        try post(it, #","store":true"#)
        let error = try #require(it.finished.last?.error)
        #expect((error.status, error.param) == (400, "background"))
    }

    @Test func aSocketRefusesIt() throws {
        let it = InMemoryConnection(process)
        it.send(#"{"type":"response.create","model":"list","input":"x","background":true}"#)
        #expect(it.take().last?.json["error"]?["param"]?.stringValue == "background")
    }

    /// It is not whole, or not what its client asked for.
    @Test(arguments: [true, false]) func whatRunsOrFailedIsNotContinued(_ runs: Bool) throws {
        let it = connection()
        try post(it)
        if !runs { it.answer(.fail()) }
        let id = try #require(record?.id.rawValue)
        let other = InMemoryConnection(process)
        other.send(#"{"type":"response.create","model":"list","input":"y","previous_response_id":"\#(id)"}"#)
        #expect(other.take().last?.json["error"]?["code"]?.stringValue == "previous_response_not_found")
    }

    @Test func itRunsInAConversation() throws {
        try process.makeConversation("conv_1")
        let it = connection()
        try post(it, #","conversation":"conv_1""#)
        it.answer(.say("done"))
        #expect(process.items(ofConversation: "conv_1")?.count == 2)
        let failing = connection()
        try post(failing, #","conversation":{"id":"conv_1"}"#)
        failing.answer(.fail())
        #expect(process.items(ofConversation: "conv_1")?.count == 2)
        let next = connection()
        try post(next, #","conversation":"conv_1""#)
        #expect(next.works.count == 1)
    }
}
