import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesStore
import ResponsesTesting
import Testing

/// Goal: what ARCHITECTURE.md says must always hold, holds whatever the client, the engine, the store and the clock do.
/// Method: three connections of two owners; each step is drawn from a seed and compared with a plain model.
struct PropertyTests {
    @Test(arguments: UInt64(0)..<200) func whateverHappens(seed: UInt64) {
        var simulation = Simulation(seed: seed)
        for step in 0..<150 {
            simulation.step()
            if let problem = simulation.problems.first {
                Issue.record("seed \(seed), step \(step): \(problem)")
                return
            }
        }
        simulation.end()
        #expect(simulation.problems == [], "seed \(seed)")
    }
}

/// Draws what happens next.
struct Simulation {
    private var random: SplitMix64
    private let process = InMemoryProcess(engines: ListDirectory(["small": "one", "large": "two"]))
    private let world = ModelWorld()
    private var connections: [ModelConnection] = []
    /// Connections that are gone, whose words are still searched for secrets.
    private var gone: [ModelConnection] = []
    private let holdsWrites: Bool
    private let holdsFetches: Bool
    private let holdsStores: Bool
    /// From which size on work is done beside the loop, and whether that takes a while.
    private let largeBytesMin: Int
    private let holdsWork: Bool
    /// Whether responses meet their limits often.
    private let areShort: Bool

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        holdsWrites = random.chance(50)
        holdsFetches = random.chance(30)
        holdsStores = random.chance(30)
        largeBytesMin = [1 << 20, 400, 1].randomElement(using: &random)!
        holdsWork = random.chance(50)
        areShort = random.chance(30)
        for owner in ["alice", "alice", "bob"] { connections.append(open(owner)) }
    }

    var problems: [String] { (connections + gone).flatMap(\.problems) }

    private mutating func open(_ owner: String) -> ModelConnection {
        let connection = ModelConnection(
            process, owner: owner, index: connections.count + gone.count, world: world
        ) { [areShort, largeBytesMin] limits in
            limits.largeBytesMin = largeBytesMin
            guard areShort else { return }
            (limits.responseBytesMax, limits.responseItemsMax, limits.responseDurationMax) = (900, 4, .seconds(70))
        }
        connection.tested.holdsWork = holdsWork
        connection.tested.holdsWrites = holdsWrites
        connection.tested.holdsFetches = holdsFetches
        connection.tested.holdsStores = holdsStores
        return connection
    }

    mutating func step() {
        let index = Int.random(in: 0..<connections.count, using: &random)
        let connection = connections[index]
        if connection.tested.core.isClosed {
            gone.append(connection)
            connections.remove(at: index)
            let renewed = open(connection.tested.owner)
            return connections.insert(renewed, at: index)
        }
        switch Int.random(in: 0..<1000, using: &random) {
        case 0..<400: create(on: connection)
        case 400..<750: engine(of: connection)
        case 750..<830: cancel(on: connection)
        case 830..<860:
            connection.sendNonsense(["{", "[]", "{}", #"{"type":"x"}"#, #"{"type":"response.create","stream_id":""}"#].randomElement(using: &random)!)
        case 860..<890:
            let id = connection.turns.last?.responseID ?? "resp_x"
            connection.send(#"{"type":"response.steer","previous_response_id":"\#(id)","input":"x"}"#)
        case 890..<900: connection.send(#"{"type":"response.processed"}"#)
        case 900..<970: connection.advance(by: .seconds(Int.random(in: 0...45, using: &random)))
        case 970..<980: connection.disconnect()
        case 980..<985: connection.shutDown()
        case 985..<990: connection.advance(by: .seconds(900))
        default: break
        }
        if random.chance(50) { connection.confirmWrites() }
        if random.chance(50) { connection.answerFetches() }
        if random.chance(50) { connection.doWork() }
        if random.chance(50) { connection.answerStores() }
        if random.chance(2) { process.emptyCache() }
    }

    // MARK: The client

    private mutating func create(on connection: ModelConnection) {
        let lane = [nil, nil, "a", "b", "c", "d"].randomElement(using: &random)!
        let parent = parent(lane: lane, connection)
        let isKnown = parent.map { world.responses[$0] != nil } ?? false
        world.tag += 1
        let marker = "mark\(world.tag)x"
        let input = input(parent: isKnown ? parent : nil, marker)
        let turn = ModelTurn(
            tag: world.tag, lane: lane, parent: parent, input: input, generates: !random.chance(12),
            hasWrongBody: random.chance(5), wantsStore: random.chance(50))
        note(marker, turn, connection)
        var members = [
            #""type":"response.create""#, #""model":"\#(random.chance(80) ? "small" : "large")""#,
            #""metadata":{"turn":"\#(turn.tag)"}"#, #""store":\#(turn.wantsStore)"#,
            #""input":[\#(input.map(\.text).joined(separator: ","))]"#,
        ]
        if let parent { members.append(#""previous_response_id":"\#(parent)""#) }
        if let lane { members.append(#""stream_id":"\#(lane)""#) }
        if !turn.generates { members.append(#""generate":false"#) }
        if turn.hasWrongBody { members.append(#""temperature":9"#) }
        if random.chance(30) { members.shuffle(using: &random) }
        connection.create(turn, "{\(members.joined(separator: ","))}")
    }

    private mutating func parent(lane: String?, _ connection: ModelConnection) -> String? {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<20: return nil
        case 20..<60:
            // What a real client does: on from the lane's newest, or from the one that still runs.
            return connection.turns.last { $0.lane == lane && $0.responseID != nil }?.responseID
        case 60..<80: return connection.turns.compactMap(\.responseID).randomElement(using: &random)
        case 80..<95: return world.responses.keys.sorted().randomElement(using: &random)
        default: return "resp_unknown"
        }
    }

    private mutating func input(parent: String?, _ marker: String) -> [RawJSON] {
        let open = ModelConnection.unanswered(parent.flatMap { world.responses[$0]?.items } ?? []) ?? []
        let said = RawJSON(stringLiteral: #"{"type":"message","role":"user","content":"\#(marker)"}"#)
        func output(_ callID: String) -> RawJSON {
            RawJSON(stringLiteral: #"{"type":"function_call_output","call_id":"\#(callID)","output":"\#(marker)"}"#)
        }
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<85: return open.map(output) + (open.isEmpty || random.chance(30) ? [said] : [])
        case 85..<90: return [output("call_orphan")]
        case 90..<95: return [said]
        default: return []
        }
    }

    private func note(_ marker: String, _ turn: ModelTurn, _ connection: ModelConnection) {
        // A parent that ends in the meantime may still make it secret; then it is only watched less strictly.
        let follows = turn.parent.map { world.responses[$0]?.isStored ?? true } ?? true
        if turn.wantsStore && follows {
            world.markers.append((marker, connection.tested.owner))
        } else {
            world.secrets.append((marker, connection.index))
        }
    }

    private mutating func cancel(on connection: ModelConnection) {
        let id = random.chance(40) ? connection.turns.compactMap(\.responseID).suffix(4).randomElement(using: &random) : nil
        connection.cancel(lane: [nil, "a", "b", "c"].randomElement(using: &random)!, id: id)
    }

    // MARK: The engine

    private mutating func engine(of connection: ModelConnection) {
        guard let work = connection.tested.works.randomElement(using: &random) else { return }
        if work.isPrefill {
            let answer = random.chance(80) ? EngineAnswer.warm(tokens: 7) : .fail()
            return connection.engine { $0.answer(answer, to: work) }
        }
        let isEnd = random.chance(60)
        var pieces: [GenerationPiece] = []
        var callID = ""
        for call in 0..<Int.random(in: 0...3, using: &random) {
            switch Int.random(in: 0..<13, using: &random) {
            case 0..<6: pieces.append(.text("said after turn \(work.turn.rawValue) "))
            case 6..<8: pieces.append(.reasoning("thought "))
            case 8: pieces.append(.refusal("no "))
            case 9: pieces.append(.summary("in short "))
            case 10: pieces.append(.annotation(#"{"type":"file_path","file_id":"f"}"#))
            case 11: pieces.append(.partEnd)
            default:
                callID = "call_\(random.next())"
                // Batches of one generation number their calls on; random numbers are as good.
                let number = Int.random(in: 0..<1_000_000, using: &random) + call
                pieces += [.call(number, "f", id: callID), .input(number, "{\"a\""), .input(number, ":1}")]
            }
        }
        var finish = FinishReason.stop
        if isEnd {
            switch Int.random(in: 0..<100, using: &random) {
            case 70..<80: finish = .length
            case 80..<85: finish = .contentFilter
            default: break
            }
        }
        let error = isEnd && random.chance(15) ? EngineError(.failed, "The engine failed.") : nil
        var batches: [GenerationBatch] = []
        for piece in pieces {
            if batches.isEmpty || random.chance(50) { batches.append([]) }
            batches[batches.count - 1].append(piece)
        }
        connection.engine { tested in
            if isEnd {
                tested.answer(EngineAnswer(batches, finish: finish, error: error), to: work)
            } else {
                for batch in batches { tested.give(batch, to: work) }
            }
        }
    }

    // MARK: The end

    /// Half of the connections are shut down, which ends in bounded time; then all go, and everything is given back.
    mutating func end() {
        for connection in connections where !connection.tested.core.isClosed {
            if random.chance(50) {
                connection.shutDown()
                connection.advance(by: .seconds(25))
                #expect(connection.tested.closeReason != nil, "shutdown ends in bounded time")
            }
            connection.disconnect()
        }
        // What a connection left behind for the store is kept all the same.
        for connection in connections + gone {
            connection.tested.doWork()
            connection.tested.answerStores()
        }
        checkSecrets()
        process.emptyStore()
        #expect(process.memory.bytes == 0)
        #expect(process.cacheMemory.bytes == 0)
        #expect(process.placed == 0, "a placement was given back not once")
    }

    /// Property 6: what is not stored is in no other connection and in no store; nothing crosses between owners.
    private func checkSecrets() {
        for connection in connections + gone {
            let words = String(decoding: connection.tested.transcript, as: UTF8.self) + connection.tested.prompts.joined()
            let marks = Set(words.matches(of: /mark[0-9]+x/).map { String($0.output) })
            for (marker, owner) in world.secrets where owner != connection.index {
                #expect(!marks.contains(marker), "a secret of connection \(owner) reached \(connection.index)")
            }
            for (marker, owner) in world.markers where owner != connection.tested.owner {
                #expect(!marks.contains(marker), "a text of \(owner) reached \(connection.tested.owner)")
            }
        }
        let stored = process.stored.values.flatMap(\.values).flatMap { $0.input + $0.entered.values + $0.output }.map(\.text).joined()
        let marks = Set(stored.matches(of: /mark[0-9]+x/).map { String($0.output) })
        for (marker, _) in world.secrets { #expect(!marks.contains(marker), "a secret was stored") }
    }
}
