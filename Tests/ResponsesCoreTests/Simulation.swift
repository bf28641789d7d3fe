import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting

/// A turn as the model sees it: what the client sent and what came of it.
struct ModelTurn {
    enum State { case waiting, running, writing, over }
    var tag: Int
    var lane: String?
    var parent: String?
    var input: [RawJSON]
    var generates: Bool
    var hasWrongBody: Bool
    var wantsStore: Bool
    /// The lane of the parent, when memory held it as the turn was accepted.
    var pinned: String??
    var wasFetched = false
    var wasCancelled = false
    var state = State.waiting
    var responseID: String?
    var events: [ReceivedEvent] = []
}

/// A response that can be continued, as a client could tell it: all it sent and all it received.
struct ModelResponse {
    var items: [RawJSON]
    var owner: String
    var isStored: Bool
}

/// What the simulated connections have in common.
final class ModelWorld {
    var responses: [String: ModelResponse] = [:]
    var tag = 0
    /// Texts of turns that are not stored, with their connection; and of those that are, with their owner.
    var secrets: [(marker: String, connection: Int)] = []
    var markers: [(marker: String, owner: String)] = []
}

/// One connection beside a plain model of it, which says what each input must lead to.
///
/// The model knows nothing of trees, pins and prompts: it keeps whole conversations as lists, and a list of turns.
final class ModelConnection {
    let tested: InMemoryConnection
    let index: Int
    private let world: ModelWorld
    private(set) var turns: [ModelTurn] = []
    /// The lane of each response that memory must still hold.
    private(set) var memory: [String: String?] = [:]
    private var names: Set<String> = []
    private var finishedCount = 0
    /// Why no create is taken any more.
    private var refusalCode: String?
    private(set) var problems: [String] = []

    static let turnsInFlightMax = 3
    static let turnsWaitingMax = 4
    static let laneNamesMax = 3

    init(_ process: InMemoryProcess, owner: String, index: Int, world: ModelWorld, _ limit: (inout Limits) -> Void) {
        self.index = index
        self.world = world
        tested = InMemoryConnection(process, owner: owner) { configuration in
            configuration.limits.turnsInFlightMax = Self.turnsInFlightMax
            configuration.limits.turnsWaitingMax = Self.turnsWaitingMax
            configuration.limits.laneNamesMax = Self.laneNamesMax
            configuration.limits.lifetime = .seconds(900)
            configuration.limits.lifetimeGrace = .seconds(60)
            limit(&configuration.limits)
        }
    }

    // MARK: Inputs

    func create(_ turn: ModelTurn, _ text: String) {
        let refusal = expectedRefusal(lane: turn.lane)
        if refusal == nil {
            var turn = turn
            turn.pinned = turn.parent.flatMap { memory[$0] }
            turns.append(turn)
            if let lane = turn.lane { names.insert(lane) }
        }
        tested.send(text)
        if let refusal {
            let events = tested.take()
            expect(events.map { $0.string("error.code") } == [refusal], "refused with \(refusal)")
            expect(events.first?.lane == turn.lane, "refusals name their lane")
            expect(tested.finished.dropFirst(finishedCount).map(\.turn) == [nil], "refused turns have no number")
            finishedCount += 1
        }
        settle()
    }

    func cancel(lane: String?, id: String?) {
        let found = turns.indices.first {
            let turn = turns[$0]
            if let id { return turn.state == .running && turn.responseID == id }
            return turn.lane == lane && (turn.state == .running || isFetching($0))
        }
        let target = found ?? (id == nil ? turns.indices.first { turns[$0].state == .waiting && turns[$0].lane == lane } : nil)
        // A response that the store is about to keep is whole: a cancel comes too late.
        let isTooLate = target.map(isSettling) ?? false
        if let target, !isTooLate { turns[target].wasCancelled = true }
        let lane = lane.map { #","stream_id":"\#($0)""# } ?? ""
        tested.send(#"{"type":"response.cancel"\#(lane)\#(id.map { #","response_id":"\#($0)""# } ?? "")}"#)
        settle()
        // The end of a large response is written beside the loop.
        if let target, !isFetching(target), !isWorkedOn(target), !isTooLate {
            expect([.writing, .over].contains(turns[target].state), "a cancelled turn ends at once")
        }
    }

    func sendNonsense(_ text: String) {
        tested.send(text)
        let events = tested.take()
        expect(tested.core.isClosed ? events.isEmpty : events.types == ["error"], "nonsense gets one error")
        settle()
    }

    func send(_ text: String) {
        tested.send(text)
        settle()
    }

    func confirmWrites() {
        for turn in tested.heldWrites { turns[turn.rawValue].state = .over }
        tested.confirmWrites()
        settle()
    }

    func answerStores() {
        tested.answerStores()
        settle()
    }

    func doWork() {
        tested.doWork()
        settle()
    }

    func answerFetches() {
        tested.answerFetches()
        settle()
    }

    func advance(by duration: Duration) {
        tested.advance(by: duration)
        if tested.now.uptime >= .seconds(1900), refusalCode == nil { refusalCode = "websocket_connection_limit_reached" }
        settle()
    }

    func shutDown() {
        refusalCode = "server_is_overloaded"
        tested.shutDown(within: .seconds(25))
        settle()
    }

    func engine(_ work: (InMemoryConnection) -> Void) {
        work(tested)
        settle()
    }

    /// Whatever runs and waits must stop without a word.
    func disconnect() {
        tested.disconnect()
        expect(tested.take().isEmpty, "nobody is told anything")
        expect(tested.works.isEmpty, "every engine was stopped")
        expect(tested.core.turnCount == 0, "nothing runs or waits")
    }

    // MARK: What must come of them

    /// Whether its response is whole, and its last event waits for the chain or the store.
    private func isSettling(_ index: Int) -> Bool {
        tested.heldStores.contains { $0.turn.rawValue == index } || isWorkedOn(index) && turns[index].state == .running
    }
    /// Whether it has begun, and waits before its first event.
    private func isFetching(_ index: Int) -> Bool {
        tested.heldFetches.contains { $0.turn.rawValue == index } || isWorkedOn(index) && turns[index].state == .waiting
    }
    private func isWorkedOn(_ index: Int) -> Bool { tested.heldWork.contains { $0.turn.rawValue == index } }

    private func expectedRefusal(lane: String?) -> String? {
        if let refusalCode { return refusalCode }
        if let lane, !names.contains(lane), names.count >= Self.laneNamesMax { return "websocket_stream_limit_reached" }
        let isFree = busy.count < Self.turnsInFlightMax && !busy.contains { turns[$0].lane == lane }
        return waiting.count >= Self.turnsWaitingMax && !isFree ? "response_queue_full" : nil
    }

    private var busy: [Int] {
        turns.indices.filter { turns[$0].state == .running || turns[$0].state == .writing || isFetching($0) }
    }
    private var waiting: [Int] { turns.indices.filter { turns[$0].state == .waiting && !isFetching($0) } }

    private func settle() {
        for event in tested.take() { read(event) }
        expect(tested.finished.count == finishedCount, "every turn that is over has its last event")
        for (turn, _, _) in tested.heldFetches where turns.indices.contains(turn.rawValue) { turns[turn.rawValue].wasFetched = true }
        guard !tested.core.isClosed else { return }
        let lanes = busy.map { turns[$0].lane }
        expect(lanes.count <= Self.turnsInFlightMax, "no more turns at once than allowed")
        expect(Set(lanes).count == lanes.count, "one turn of a lane at a time")
        expect(tested.core.turnCount == busy.count + waiting.count, "no turn is lost")
        if lanes.count < Self.turnsInFlightMax {
            expect(waiting.allSatisfy { lanes.contains(turns[$0].lane) }, "no turn waits for nothing")
        }
    }

    private func read(_ event: ReceivedEvent) {
        switch event.type {
        case "response.created": readCreated(event)
        case "error": readError(event)
        case _ where event.isLast: readEnd(event)
        case "response.steer.failed" where event.number == 0: break
        default:
            guard let running = turns.indices.first(where: { turns[$0].state == .running && turns[$0].lane == event.lane })
            else { return expect(false, "\(event.type) without a response") }
            turns[running].events.append(event)
        }
    }

    private func readCreated(_ event: ReceivedEvent) {
        guard let index = turns.indices.first(where: { turns[$0].lane == event.lane && turns[$0].state != .over }) else {
            return expect(false, "a response nobody asked for")
        }
        let turn = turns[index]
        expect(event["response.metadata.turn"]?.stringValue == "\(turn.tag)", "turns of a lane run in order")
        expect(turn.state == .waiting, "a turn begins once")
        if !mayGoEitherWay(turn) { expect(expectedError(turn) == nil, "turn \(turn.tag) must fail: \(expectedError(turn) ?? "")") }
        expect(event["response.store"]?.boolValue == isStored(turn), "what is stored is told")
        turns[index].state = .running
        turns[index].responseID = event.string("response.id")
        turns[index].events = [event]
        // Property 4: what the engine is given is what one request with everything would have given it.
        let work = tested.works.first { $0.turn.rawValue == index }
        let whole = conversation(turn)
        expect(work?.prompt == Self.render(whole), "the prompt is the whole conversation")
    }

    private func readError(_ event: ReceivedEvent) {
        guard let finished = nextFinished() else {
            return expect(tested.core.isClosed && event.lane == nil, "an error for no turn closes the connection")
        }
        let index = finished.turn?.rawValue ?? -1
        guard turns.indices.contains(index) else { return expect(false, "a turn was refused that had to be accepted") }
        let turn = turns[index]
        expect(turn.state == .waiting && turn.lane == event.lane, "one end for each turn")
        turns[index].state = .over
        let code = event.string("error.code")
        if let refusalCode, code == refusalCode { return }
        if mayGoEitherWay(turn), code == "previous_response_not_found" { return }
        expect(code == expectedError(turn), "turn \(turn.tag): \(code ?? "") instead of \(expectedError(turn) ?? "success")")
        let isFirst = !turns[..<index].contains { $0.lane == turn.lane && $0.state != .over }
        expect(isFirst || code == "response_cancelled", "turns of a lane fail in order")
        if code != "response_cancelled" { evictParent(of: turn) }
    }

    private func readEnd(_ event: ReceivedEvent) {
        guard let finished = nextFinished() else { return expect(false, "an end without a turn") }
        guard let index = finished.turn?.rawValue else { return expect(false, "an end without a turn") }
        turns[index].events.append(event)
        let turn = turns[index]
        expect(turn.state == .running && turn.responseID == event.string("response.id"), "one end for each turn")
        turns[index].state = tested.holdsWrites && !tested.core.isClosed ? .writing : .over
        problems += ResponseCheck.problems(of: turn.events)
        turns[index].events = []
        let wasCancelled = event.string("response.incomplete_details.reason") == "cancelled"
        expect(wasCancelled == turn.wasCancelled, "cancelled when asked to")
        guard let id = turn.responseID, !wasCancelled else { return }
        if event.type == "response.failed" {
            evictParent(of: turn)
        } else {
            memory[id] = turn.lane
            let output = event["response.output"]?.elements ?? []
            world.responses[id] = ModelResponse(
                items: conversation(turn) + output, owner: tested.owner, isStored: isStored(turn))
        }
    }

    private func nextFinished() -> (turn: TurnID?, error: APIError?, object: RawJSON?)? {
        guard finishedCount < tested.finished.count else { return nil }
        defer { finishedCount += 1 }
        return tested.finished[finishedCount]
    }

    /// "Same-lane continuation fails: evicted. Cross-lane fork fails: kept." (websocket-mode 7.3)
    private func evictParent(of turn: ModelTurn) {
        guard let parent = turn.parent, !turn.wasFetched else { return }
        guard let lane = turn.pinned ?? memory[parent], lane == turn.lane else { return }
        memory[parent] = nil
    }

    // MARK: The rules, plainly

    /// While a slow store is asked, a response that still runs may end or not.
    private func mayGoEitherWay(_ turn: ModelTurn) -> Bool { turn.wasFetched && turn.pinned == nil && !turn.wasCancelled }

    private func conversation(_ turn: ModelTurn) -> [RawJSON] {
        (turn.parent.flatMap { world.responses[$0]?.items } ?? []) + turn.input
    }

    private func isStored(_ turn: ModelTurn) -> Bool {
        turn.wantsStore && (turn.parent.flatMap { world.responses[$0]?.isStored } ?? true)
    }

    private func expectedError(_ turn: ModelTurn) -> String? {
        if turn.wasCancelled { return "response_cancelled" }
        if turn.hasWrongBody { return "invalid_value" }
        if let parent = turn.parent, turn.pinned == nil, memory[parent] == nil {
            let response = world.responses[parent]
            guard response?.isStored == true, response?.owner == tested.owner else { return "previous_response_not_found" }
        }
        if turn.input.isEmpty, turn.parent == nil, turn.generates { return "invalid_value" }
        return Self.unanswered(conversation(turn)).map { $0.isEmpty || !turn.generates ? nil : "invalid_value" } ?? "invalid_value"
    }

    /// The calls of a conversation that have no output; nil when an output has no call.
    static func unanswered(_ items: [RawJSON]) -> [String]? {
        var open: [String] = []
        var all: Set<String> = []
        for item in items {
            guard let callID = item["call_id"]?.stringValue else { continue }
            if item["arguments"] != nil {
                all.insert(callID)
                if item["status"]?.stringValue != "incomplete" { open.append(callID) }
            } else {
                guard all.contains(callID) else { return nil }
                open.removeAll { $0 == callID }
            }
        }
        return open
    }

    static func render(_ items: [RawJSON]) -> String {
        let prompt = try? ListDialect().extend(nil, with: items.compactMap { try? Item($0) })
        return prompt?.text ?? ""
    }

    private func expect(_ holds: Bool, _ rule: @autoclosure () -> String) {
        if !holds { problems.append("connection \(index): \(rule())") }
    }
}
