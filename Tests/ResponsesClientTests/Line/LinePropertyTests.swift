import ResponsesAPI
import Testing

@testable import ResponsesClient

/// Goal: whatever order events, faults and wishes come in,
/// 1. every turn ends exactly once, and gets no event after its end;
/// 2. a turn of which events were seen is never sent again;
/// 3. the server gets exactly the lane's history, by increment or in full;
/// 4. turns of a lane run one at a time, at most 16 on a connection;
/// 5. nothing is left when the line is left.
/// Method: a model of a server with a connection's memory, and a seed that draws what happens next. A seed that fails
/// becomes a dialogue in the tests beside this one.
struct LinePropertyTests {
    @Test(arguments: 0..<100)
    func theLineKeepsItsPromises(seed: Int) {
        var simulation = LineSimulation(seed: UInt64(seed))
        simulation.run(steps: 120)
        #expect(simulation.problems.isEmpty, "seed \(seed): \(simulation.problems.prefix(3))")
        #expect(simulation.endedTurns > 0)
    }
}

private struct LineSimulation {
    private struct ServerConnection {
        var isOpen = false
        /// What each response stands for: the texts of its conversation.
        var memory: [String: [String]] = [:]
        /// Turns in flight, by lane.
        var running: [String: Running] = [:]
    }

    private struct Running {
        var id: String
        var said: [String]
        var isStarted = false
    }

    private var state: LineState
    private var random: JitterSource
    private var now = Duration.zero
    private var connections: [Int: ServerConnection] = [:]
    /// Exchanges over HTTP that run.
    private var posts: [Int: Running] = [:]
    private var stored: [String: [String]] = [:]
    private var nextID = 0

    // What the program sees.
    private var lanes: [Int: String] = [:]
    private var asked: Set<Int> = []
    private var ended: Set<Int> = []
    private var begun: Set<Int> = []
    private(set) var problems: [String] = []
    var endedTurns: Int { ended.count }

    init(seed: UInt64) {
        var limits = ClientLimits()
        limits.connectionAgeMax = .seconds(40)
        limits.silenceMax = .seconds(30)
        random = JitterSource(seed: seed)
        state = LineState(limits: limits, usesHTTPOnly: seed % 10 == 0, seed: seed)
    }

    mutating func run(steps: Int) {
        for _ in 0..<steps { step() }
        // A server that works from now on lets every turn end.
        for _ in 0..<500 where asked != ended {
            settle()
        }
        if asked != ended { problems.append("turns \(asked.subtracting(ended).sorted()) never ended") }
        state.close()
        act()
        if state.wakeUpTime != nil { problems.append("it wants to be woken after its end") }
        if !state.turns.isEmpty || !state.connections.isEmpty { problems.append("something is left") }
    }

    // MARK: What happens

    private mutating func step() {
        switch random.next(20) {
        case 0...4: ask()
        case 5...11: answerSomething()
        case 12: dropSomething()
        case 13: forgetSomething()
        case 14: cancelSomething()
        case 15: pass(.milliseconds(random.next(20_000)))
        case 16...18: connectSomething(fails: random.next(4) == 0)
        default: limitSomething()
        }
    }

    private mutating func settle() {
        connectSomething(fails: false)
        answerSomething()
        pass(.milliseconds(500))
    }

    private mutating func ask() {
        let name = ["-", "a", "b", "c"][random.next(4)]
        var settings = CreateRequest()
        settings.store = random.next(3) == 0
        settings.temperature = random.next(5) == 0 ? 1 : nil
        nextID += 1
        let items = [Item.userMessage(JSONText("q\(nextID)"))]
        let number = state.asked(
            TurnRequest(settings: settings, items: items, isWarmup: random.next(12) == 0), on: StreamID(name == "-" ? "" : name),
            now: now)
        lanes[number.rawValue] = name
        asked.insert(number.rawValue)
        act()
    }

    private mutating func cancelSomething() {
        guard let number = asked.subtracting(ended).sorted().first else { return }
        state.cancelled(TurnNumber(rawValue: number), now: now)
        act()
    }

    private mutating func pass(_ time: Duration) {
        let end = now + time
        while let wake = state.wakeUpTime, wake <= end {
            now = max(now, wake)
            state.wokeUp(now: now)
            act()
            if let again = state.wakeUpTime, again <= now {
                problems.append("woken in vain")
                break
            }
        }
        now = end
    }

    private mutating func connectSomething(fails: Bool) {
        guard let number = connections.filter({ !$0.value.isOpen }).keys.min() else { return }
        if fails {
            connections[number] = nil
            state.failed(ConnectionNumber(rawValue: number), .unreachable(reason: "x"), now: now)
        } else {
            connections[number]?.isOpen = true
            state.opened(ConnectionNumber(rawValue: number), now: now)
        }
        act()
    }

    private mutating func dropSomething() {
        guard let number = connections.filter({ $0.value.isOpen }).keys.min() else { return }
        connections[number] = nil
        state.closed(ConnectionNumber(rawValue: number), code: [1001, 1006, 1011, 1012][random.next(4)], now: now)
        act()
    }

    /// Servers promise the newest response only, and less when they need room.
    private mutating func forgetSomething() {
        guard let number = connections.keys.min() else { return }
        connections[number]?.memory = [:]
        stored = [:]
    }

    private mutating func limitSomething() {
        guard let number = connections.filter({ $0.value.isOpen }).keys.min() else { return }
        // Refuses what has not started.
        let started = connections[number]?.running.filter(\.value.isStarted)
        connections[number]?.running = started ?? [:]
        say(number, #"{"type":"error","status":400,"error":{"code":"websocket_connection_limit_reached","message":"x"}}"#)
    }

    private mutating func answerSomething() {
        let open = connections.filter { $0.value.isOpen && !$0.value.running.isEmpty }.keys.sorted()
        if let number = open.isEmpty ? nil : open[random.next(open.count)],
            let lane = connections[number]?.running.keys.sorted().first
        {
            answer(number, lane)
        } else if let turn = posts.keys.min() {
            answerPost(turn)
        }
    }

    private mutating func answer(_ number: Int, _ lane: String) {
        guard var turn = connections[number]?.running[lane] else { return }
        let name = lane == "-" ? "" : #","stream_id":"\#(lane)""#
        if !turn.isStarted {
            turn.isStarted = true
            connections[number]?.running[lane] = turn
            return say(number, #"{"type":"response.created","response":\#(response(turn, "in_progress"))\#(name)}"#)
        }
        connections[number]?.running[lane] = nil
        connections[number]?.memory[turn.id] = turn.said + ["<\(turn.id)>"]
        stored[turn.id] = turn.said + ["<\(turn.id)>"]
        say(number, #"{"type":"response.completed","response":\#(response(turn, "completed"))\#(name)}"#)
    }

    private mutating func answerPost(_ turn: Int) {
        guard let running = posts[turn] else { return }
        let number = TurnNumber(rawValue: turn)
        switch random.next(3) {
        case 0 where !running.isStarted || random.next(4) == 0:
            posts[turn] = nil
            state.ended(number, .broken(reason: "x"), now: now)
        default:
            posts[turn] = nil
            stored[running.id] = running.said + ["<\(running.id)>"]
            let json = #"{"type":"response.completed","response":\#(response(running, "completed"))}"#
            if let event = try? ServerEvent(parsing: Array(json.utf8)) {
                state.receivedOverHTTP(event, for: number, now: now)
            }
            state.ended(number, .finished, now: now)
        }
        act()
    }

    private func response(_ turn: Running, _ status: String) -> String {
        let output = #"{"type":"message","role":"assistant","content":[{"type":"output_text","text":"<\#(turn.id)>"}]}"#
        return #"{"id":"\#(turn.id)","status":"\#(status)","model":"m","output":[\#(status == "completed" ? output : "")]}"#
    }

    private mutating func say(_ number: Int, _ json: String) {
        guard let event = try? ServerEvent(parsing: Array(json.utf8)) else { return problems.append("bad event") }
        state.received(event, on: ConnectionNumber(rawValue: number), now: now)
        act()
    }

    // MARK: What the line does

    private mutating func act() {
        while true {
            let effects = state.takeEffects()
            if effects.isEmpty { break }
            for effect in effects { act(effect) }
        }
        for (number, connection) in state.connections where connection.turns.count > 16 {
            problems.append("\(connection.turns.count) turns on connection \(number.rawValue)")
        }
    }

    private mutating func act(_ effect: LineEffect) {
        switch effect {
        case .connect(let number): connections[number.rawValue] = ServerConnection()
        case .send(let number, let bytes): sent(bytes, on: number.rawValue)
        case .close(let number, _, _): connections[number.rawValue] = nil
        case .post(let number, let bytes): posted(bytes, number.rawValue)
        case .abortPost(let number): posts[number.rawValue] = nil
        case .sent(let number, _):
            if begun.contains(number.rawValue) { problems.append("turn \(number.rawValue) was repeated after its events") }
        case .deliver(let number, let event):
            if ended.contains(number.rawValue) { problems.append("an event after the end of \(number.rawValue)") }
            if case .error = event.body { return }
            begun.insert(number.rawValue)
        case .finish(let number, _):
            if !ended.insert(number.rawValue).inserted { problems.append("turn \(number.rawValue) ended twice") }
        }
    }

    private mutating func sent(_ bytes: [UInt8], on number: Int) {
        guard let json = try? RawJSON(parsing: bytes) else { return problems.append("no JSON was sent") }
        let lane = json["stream_id"]?.stringValue ?? "-"
        if json["type"]?.stringValue == "response.cancel" {
            // The model of a server does not know it.
            return say(number, #"{"type":"error","status":400,"error":{"code":"unknown_event_type","message":"x"}}"#)
        }
        guard let connection = connections[number], connection.isOpen else { return problems.append("sent on a closed connection") }
        if connection.running[lane] != nil { problems.append("two turns at once on lane \(lane)") }
        let parent = json["previous_response_id"]?.stringValue
        if let parent, connection.memory[parent] == nil, stored[parent] == nil {
            let name = lane == "-" ? "" : #","stream_id":"\#(lane)""#
            return say(
                number, #"{"type":"error","status":400,"error":{"code":"previous_response_not_found","message":"x"}\#(name)}"#)
        }
        let said = (parent.flatMap { connection.memory[$0] ?? stored[$0] } ?? []) + texts(json)
        expectHistory(said, lane)
        nextID += 1
        connections[number]?.running[lane] = Running(id: "r\(nextID)", said: said)
    }

    private mutating func posted(_ bytes: [UInt8], _ turn: Int) {
        guard let json = try? RawJSON(parsing: bytes) else { return problems.append("no JSON was posted") }
        if json["type"] != nil || json["generate"] != nil || json["stream_id"] != nil {
            problems.append("fields of the socket in an HTTP body")
        }
        let parent = json["previous_response_id"]?.stringValue
        if let parent, stored[parent] == nil {
            state.ended(TurnNumber(rawValue: turn), .refused(.previousResponseNotFound(ResponseID(parent))), now: now)
            return
        }
        let said = (parent.flatMap { stored[$0] } ?? []) + texts(json)
        expectHistory(said, lanes[turn] ?? "-")
        nextID += 1
        posts[turn] = Running(id: "r\(nextID)", said: said)
    }

    /// What the server got is the lane's history and the question that is asked.
    private mutating func expectHistory(_ said: [String], _ lane: String) {
        let chain = state.lanes[StreamID(lane == "-" ? "" : lane)]?.chain ?? Chain()
        let history = chain.items.compactMap { Self.text($0) }
        if Array(said.dropLast()) != history { problems.append("lane \(lane): told \(said), history \(history)") }
    }

    private func texts(_ json: RawJSON) -> [String] {
        (json["input"]?.elements ?? []).compactMap { try? Item($0) }.compactMap { Self.text($0) }
    }

    private static func text(_ item: Item) -> String? {
        guard case .message(let message) = item.body else { return nil }
        switch message.content.first {
        case .inputText(let text), .outputText(let text): return text.string
        default: return nil
        }
    }
}

extension JitterSource {
    /// A whole number from 0 to below `count`.
    fileprivate mutating func next(_ count: Int) -> Int { Int(next() * Double(count)) }
}
