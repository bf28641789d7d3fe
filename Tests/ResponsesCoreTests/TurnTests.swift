import ResponsesAPI
import ResponsesEngine
import ResponsesStore
import ResponsesTesting
import Testing

@testable import ResponsesCore

extension Turn.Effect: Equatable {
    /// Work has no equal: it is a function.
    public static func == (left: Turn.Effect, right: Turn.Effect) -> Bool {
        switch (left, right) {
        case (.fetch(let id, let whole), .fetch(let otherID, let otherWhole)): id == otherID && whole == otherWhole
        case (.place(let request), .place(let other)): request == other
        case (.generate, .generate), (.prefill, .prefill), (.count, .count): true
        case (.end(let ending), .end(let other)): ending == other
        default: false
        }
    }
}

/// A turn by itself: what it is told, and what it then wants and says.
struct TurnTests {
    /// A turn, the time and the buffer it writes into.
    private struct Dialogue {
        var turn: Turn
        var now = Moment(uptime: .seconds(10), unixSeconds: 1_700_000_000)
        private let configuration: Connection.Configuration
        private var events = EventBuffer()

        init(_ request: Result<CreateRequest, APIError>, transport: Connection.Transport = .webSocket, purpose: TurnPurpose = .response) {
            let account = MemoryAccount()
            var configuration = Connection.Configuration(
                owner: "alice", account: account, cacheAccount: MemoryAccount(), tools: ToolShelf(bytesMax: 0), makeResponseID: { "resp_1" })
            configuration.transport = transport
            self.configuration = configuration
            let previous = try? request.get().previousResponseID
            let queued = QueuedTurn(
                id: TurnID(0), streamID: nil, purpose: purpose, asked: .read(request), previousResponseID: previous, parent: nil, bytes: 0)
            turn = Turn(queued, parent: nil, at: now)
        }

        init(_ body: String, transport: Connection.Transport = .webSocket, purpose: TurnPurpose = .response) throws {
            self.init(.success(try CreateRequest(parsing: Array(body.utf8))), transport: transport, purpose: purpose)
        }

        /// Starts the turn; the list's directory places it.
        mutating func start() -> Turn.Effect? { answered(turn.start(configuration)) }
        mutating func startUnplaced() -> Turn.Effect? { turn.start(configuration) }
        mutating func fetched(_ answer: Result<ChainNode?, StoreError>) -> Turn.Effect? {
            answered(turn.fetched(answer, configuration, at: now, into: &events))
        }
        mutating func fetched(_ node: ChainNode?) -> Turn.Effect? { fetched(.success(node)) }
        mutating func placed(_ answer: Result<Placement, EngineError>) -> Turn.Effect? {
            turn.placed(answer, configuration, at: now, into: &events)
        }
        private mutating func answered(_ effect: Turn.Effect?) -> Turn.Effect? {
            if case .work(let work) = effect {
                return answered(turn.worked(work.done(), configuration, at: now, into: &events))
            }
            guard case .place(let request) = effect else { return effect }
            switch ListDirectory().place(request) {
            case .placed(let placement): return placed(.success(placement))
            case .refused(let error): return placed(.failure(error))
            case .later: return effect
            }
        }
        @discardableResult
        mutating func generated(_ batch: GenerationBatch) -> EarlyEnd? { turn.generated(batch, at: now, into: &events) }
        /// Ends the turn; the store keeps its response at once.
        mutating func end(_ ending: Turn.Ending) -> Turn.Remains? {
            switch conclude(ending) {
            case nil: return nil
            case .over(let remains): return remains
            case .store: return stored(nil)
            case .work, .again: preconditionFailure("these responses are small, and the engine is asked once")
            }
        }
        mutating func conclude(_ ending: Turn.Ending) -> Turn.Settlement? {
            turn.end(ending, configuration, at: now, into: &events)
        }
        mutating func stored(_ error: StoreError?) -> Turn.Remains? { turn.stored(error, configuration, at: now, into: &events) }
        mutating func beat() { turn.beat(after: .seconds(30), at: now, into: &events) }
        mutating func said() -> [String] {
            defer { events.removeAll() }
            return events.texts.map { ReceivedEvent($0).type }
        }
        /// The object that a turn ended with.
        func text(of end: EndedTurn) -> String {
            String(decoding: events.bytes[end.outcome?.object ?? 0..<0], as: UTF8.self)
        }
    }

    private static let hello = #"{"model":"list","input":"hello"}"#
    private static let onward = #"{"model":"list","input":"more","previous_response_id":"resp_0"}"#

    @Test func aTurnFromItsStartToItsEnd() throws {
        var it = try Dialogue(Self.hello)
        #expect(it.start() == .generate)
        #expect(it.said() == beginning)
        it.generated([.text("good "), .text("day")])
        it.now.uptime += .milliseconds(250)
        guard case .store(let record, let node?, nil) = it.conclude(.generated(.success(.plain))) else {
            return #expect(Bool(false), "the response is stored")
        }
        #expect(it.said().last == "response.output_item.done", "the last event waits for the store")
        #expect(record.id == "resp_1")
        #expect(record.owner == "alice")
        #expect(record.output.count == 1)
        #expect(record.object["status"]?.stringValue == "completed")
        #expect(node.isStored)
        let ended = it.stored(nil)
        let remains = try #require(ended)
        #expect(it.said() == ["response.completed"])
        #expect(remains.end.error == nil)
        #expect(remains.end.outcome?.duration == .milliseconds(250))
        guard case .stored = remains.chain else { return #expect(Bool(false), "the chain goes on in the store") }
    }

    @Test func aResponseThatIsNotStoredIsTheConnections() throws {
        var it = try Dialogue(#"{"model":"list","input":"hello","store":false}"#)
        _ = it.start()
        it.generated([.text("hi")])
        guard case .over(let remains) = it.conclude(.generated(.success(.plain))), case .extend(let node) = remains.chain else {
            return #expect(Bool(false), "the connection remembers it")
        }
        #expect(!node.isStored)
        #expect(node.output.count == 1)
    }

    /// A response that says it is stored and is not would lose its client's chain later, without a word.
    @Test(arguments: [StoreError.unavailable(reason: "gone"), .full]) func aStoreThatFailsFailsTheResponse(error: StoreError) throws {
        var it = try Dialogue(Self.hello)
        _ = it.start()
        it.generated([.text("hi")])
        _ = it.conclude(.generated(.success(.plain)))
        _ = it.said()
        let ended = it.stored(error)
        let remains = try #require(ended)
        #expect(it.said() == ["response.failed"])
        #expect(remains.end.error?.status == 503)
        #expect(remains.end.storeError == error)
        guard case .evictParent = remains.chain else { return #expect(Bool(false), "the chain does not go on") }
        #expect(it.stored(nil) == nil, "the store answers once")
    }

    /// The response is whole: a cancel comes too late, and clients that wait hear that the turn lives.
    @Test func whileTheStoreWorksTheTurnWaits() throws {
        var it = try Dialogue(Self.hello)
        _ = it.start()
        _ = it.conclude(.generated(.success(.plain)))
        _ = it.said()
        #expect(it.conclude(.cancelled) == nil)
        it.generated([.text("late")])
        #expect(it.said().isEmpty)
        #expect(it.turn.isSettling)
        #expect(it.turn.responseID == "resp_1")
        it.now.uptime += .seconds(30)
        it.beat()
        #expect(it.said() == ["response.in_progress"])
        guard case .over(let remains) = it.conclude(.timeOver(.shuttingDown)) else {
            return #expect(Bool(false), "there is no more time for the store")
        }
        #expect(it.said() == ["response.failed"])
        #expect(remains.end.error == .shuttingDown)
        #expect(it.stored(nil) == nil)
    }

    @Test func aStoreThatCannotLookIsNotAMissingParent() throws {
        var it = try Dialogue(Self.onward)
        _ = it.start()
        let error = StoreError.unavailable(reason: "gone")
        #expect(it.fetched(.failure(error)) == .end(.unreadable(error)))
        let remains = it.end(.unreadable(error))
        #expect(remains?.end.error?.status == 503)
        #expect(remains?.end.storeError == error)
        guard case .unchanged = remains?.chain else { return #expect(Bool(false), "the parent stays") }
        #expect(it.said() == ["error"])
    }

    @Test func aParentThatIsNotRememberedIsFetched() throws {
        var it = try Dialogue(Self.onward)
        #expect(it.start() == .fetch("resp_0"))
        #expect(it.said().isEmpty)
        #expect(it.start() == nil, "it has started")
        #expect(it.fetched(nil) == .end(.refused(.previousResponseNotFound("resp_0"))))
    }

    @Test func anEngineIsChosenBeforeThePromptIsMade() throws {
        var it = try Dialogue(Self.hello)
        #expect(it.startUnplaced() == .place(PlacementRequest(model: "list", owner: "alice")))
        #expect(it.said().isEmpty)
        let full = EngineError(.overloaded, "Every engine is full.", retryAfterSeconds: 2)
        #expect(it.placed(.failure(full)) == .end(.refused(full.apiError)))
        #expect(it.end(.refused(full.apiError))?.end.outcome == nil)
        #expect(it.said() == ["error"])
    }

    @Test func aCancelWhileTheDirectoryChoosesWaitsForItsAnswer() throws {
        var it = try Dialogue(Self.hello)
        _ = it.startUnplaced()
        let isAbandoned = it.turn.abandoned()
        #expect(isAbandoned)
        #expect(it.placed(.failure(EngineError(.cancelled, "Gone."))) == .end(.cancelled))
    }

    @Test func aWarmupIsAPrefill() throws {
        var it = try Dialogue(#"{"model":"list","input":"hello","generate":false}"#)
        #expect(it.start() == .prefill)
        #expect(it.end(.prefilled(.success(.filled(tokens: 7, cached: 3))))?.end.outcome?.usage == Usage(inputTokens: 7, cachedTokens: 3))
    }

    @Test("a count asks the engine for nothing else, whatever the request says beside its prompt")
    func aCountCounts() throws {
        let body = #"{"model":"list","input":"hello","generate":false,"stream":true,"background":true,"store":true}"#
        for (count, tokens, isEstimate) in [
            (TokenCount.counted(7), 7, false), (.unsupported(reason: "It cannot."), 9, true), (.counted(-3), 0, false),
        ] {
            var it = try Dialogue(body, transport: .json, purpose: .count)
            #expect(it.start() == .count)
            let end = try #require(it.end(.counted(.success(count)))?.end)
            #expect(end.isEstimate == isEstimate && end.outcome?.status.description == "completed")
            #expect(it.text(of: end) == #"{"object":"response.input_tokens","input_tokens":\#(tokens)}"#)
        }
        var it = try Dialogue(body, transport: .json, purpose: .count)
        _ = it.start()
        let end = it.end(.counted(.failure(EngineError(.unavailable, "Gone."))))?.end
        #expect(end?.error?.status == 502 && end?.engineError?.message == "Gone." && end?.outcome?.object.isEmpty == true)
    }

    @Test("an estimate of a chain that was not counted has the turn's instructions and tools")
    func estimatesAPrompt() throws {
        let request = try CreateRequest(parsing: Array(#"{"input":"\#(String(repeating: "word", count: 10))","instructions":"\#(String(repeating: "rule", count: 25))"}"#.utf8))
        #expect(ContextSize.tokens(ofPrompt: request, after: nil) == ContextSize.tokens(request, after: nil))
        #expect(ContextSize.tokens(ofPrompt: request, after: nil) >= 35)
    }

    @Test func aWrongRequestEndsBeforeItBegins() {
        let wrong = APIError.missing("model")
        var it = Dialogue(.failure(wrong))
        #expect(it.start() == .end(.refused(wrong)))
        let remains = it.end(.refused(wrong))
        #expect(it.said() == ["error"])
        #expect(remains?.end.error == wrong)
        #expect(remains?.end.outcome == nil)
    }

    /// HTTP says by its status what the socket says by an `error` event.
    @Test(arguments: [Connection.Transport.sse, .json]) func aRefusalOverHTTPIsNotAnEvent(transport: Connection.Transport) throws {
        var it = try Dialogue(#"{"input":"hello"}"#, transport: transport)
        #expect(it.start() == .end(.refused(.missing("model"))))
        #expect(it.end(.refused(.missing("model")))?.end.error == .missing("model"))
        #expect(it.said().isEmpty)
    }

    @Test func aCancelWhileTheStoreLooksWaitsForItsAnswer() throws {
        var it = try Dialogue(Self.onward)
        _ = it.start()
        let isAbandoned = it.turn.abandoned()
        #expect(isAbandoned)
        let isStillAbandoned = it.turn.abandoned()
        #expect(isStillAbandoned, "a second cancel changes nothing")
        #expect(it.fetched(nil) == .end(.cancelled))
        let remains = it.end(.cancelled)
        #expect(it.said() == ["error"])
        #expect(remains?.end.error?.code == .responseCancelled)
        guard case .unchanged = remains?.chain else { return #expect(Bool(false), "as if it had not been") }
    }

    @Test func aCancelWhileTheEngineWorksEndsAtOnce() throws {
        var it = try Dialogue(Self.hello)
        _ = it.start()
        let isAbandoned = it.turn.abandoned()
        #expect(!isAbandoned)
        let remains = it.end(.cancelled)
        #expect(it.said().last == "response.incomplete")
        #expect(remains?.end.error == nil)
        guard case .unchanged = remains?.chain else { return #expect(Bool(false), "a cancelled response is not continued") }
    }

    /// Every way to end, once the turn has begun: what is said, and what becomes of the parent.
    @Test(arguments: [
        (Turn.Ending.generated(.failure(EngineError(.overloaded, "Full."))), "response.failed", true),
        (.timeOver(.shuttingDown), "response.failed", true), (.refused(.missing("model")), "response.failed", true),
        (.cancelled, "response.incomplete", false), (.limited(.duration), "response.incomplete", false),
        (.generated(.success(.plain)), "response.completed", false),
        (.prefilled(.failure(EngineError(.unavailable, "Gone."))), "response.failed", true),
    ])
    func endings(ending: Turn.Ending, last: String, evicts: Bool) throws {
        var it = try Dialogue(Self.hello)
        _ = it.start()
        let ended = it.end(ending)
        let remains = try #require(ended)
        #expect(it.said().last == last)
        if case .evictParent = remains.chain { #expect(evicts) } else { #expect(!evicts) }
        #expect(it.turn.isOver)
        // Over is final.
        for again in [Turn.Ending.generated(.success(.plain)), .cancelled, .timeOver(.shuttingDown)] { #expect(it.end(again) == nil) }
        it.generated([.text("late")])
        #expect(it.fetched(nil) == nil)
        #expect(it.start() == nil)
        let number = it.turn.takeNumber()
        #expect(number == nil)
        #expect(it.said().isEmpty)
    }

    /// No engine works on a turn that has not begun.
    @Test func whatAnEngineSaysTooEarlyIsIgnored() throws {
        var it = try Dialogue(Self.onward)
        #expect(it.end(.generated(.success(.plain))) == nil)
        #expect(it.start() == .fetch("resp_0"))
        #expect(it.end(.prefilled(.success(.filled(tokens: 1, cached: 0)))) == nil)
        #expect(it.fetched(nil) == .end(.refused(.previousResponseNotFound("resp_0"))))
    }

    @Test func theEnginesOwnErrorIsKeptForTheLog() throws {
        var it = try Dialogue(Self.hello)
        _ = it.start()
        let error = EngineError(.failed, "The engine failed.")
        #expect(it.end(.generated(.failure(error)))?.end.engineError == error)
    }

    @Test func aJSONAnswerEncodesItsLastEventOnly() throws {
        var it = try Dialogue(Self.hello, transport: .json)
        #expect(it.start() == .generate)
        it.generated([.reasoning("hm"), .text("good "), .text("day"), .call(0, "f", id: "c"), .input(0, "{}")])
        #expect(it.said().isEmpty)
        let outcome = it.end(.generated(.success(.plain)))?.end.outcome
        #expect(it.said() == ["response.completed"])
        #expect(outcome?.status.description == "completed")
    }

    @Test func silenceIsBrokenOnceAnInterval() throws {
        var it = try Dialogue(Self.hello)
        _ = it.start()
        _ = it.said()
        var events = EventBuffer()
        it.turn.beat(after: .seconds(30), at: it.now, into: &events)
        #expect(events.isEmpty)
        it.now.uptime += .seconds(30)
        it.turn.beat(after: .seconds(30), at: it.now, into: &events)
        it.turn.beat(after: .seconds(30), at: it.now, into: &events)
        #expect(events.texts.count == 1)
    }
}

extension GenerationResult {
    fileprivate static let plain = GenerationResult(finish: .stop, usage: Usage(inputTokens: 1, outputTokens: 1))
}
