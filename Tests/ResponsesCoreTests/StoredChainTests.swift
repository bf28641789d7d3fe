import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesStore
import ResponsesTesting
import Testing

/// Goal: a chain that was read from the store is the chain that was stored: engines are given the same prompts, byte for byte.
/// Method: two processes get the same turns, drawn from a seed; one of them forgets its cache now and then.
struct StoredChainTests {
    /// Turns texts around, so that what is sealed shows when it is not.
    private struct Reverser: ContentSealer {
        func seal(_ text: JSONText, as purpose: SealPurpose, for owner: Owner) -> String { String("\(purpose):\(text.string)".reversed()) }
        func open(_ sealed: String, as purpose: SealPurpose, for owner: Owner) -> JSONText? {
            let text = String(sealed.reversed())
            return text.hasPrefix("\(purpose):") ? JSONText(String(text.dropFirst("\(purpose):".count))) : nil
        }
    }

    /// A process with a socket, and the ids that its turns got.
    private final class World {
        let process = InMemoryProcess(engines: ListDirectory(["small": "one", "large": "two"]))
        let socket: InMemoryConnection
        /// The ids of responses, in the order of their turns.
        var ids: [String] = []
        /// The items of each chain that have ids, by response: input and output alike.
        var itemIDs: [[String]] = []

        init() { socket = InMemoryConnection(process) { $0.sealer = Reverser() } }

        func request() -> InMemoryConnection {
            InMemoryConnection(process) {
                $0.sealer = Reverser()
                $0.transport = .json
            }
        }
    }

    /// One turn, the same in both worlds but for the ids.
    private struct Step {
        var parent: Int?
        var model: String
        var isStored: Bool
        var items: [String]
        /// Places in the parent's `itemIDs`.
        var references: [Int] = []
        var answer: EngineAnswer?
        /// Whether it is a compaction, by HTTP.
        var isCompaction = false
    }

    /// What a test knows of a response.
    private struct Known {
        var openCalls: [(id: String, isCustom: Bool)] = []
        var isStored: Bool
    }

    private static func quoted(_ text: String) -> String { String(text.reversed()) }

    private static func draw(_ known: [Known], _ itemCounts: [Int], _ number: Int, _ random: inout SplitMix64) -> Step {
        var step = Step(model: random.chance(70) ? "small" : "large", isStored: random.chance(70), items: [])
        if !known.isEmpty, random.chance(90) {
            step.parent = random.chance(60) ? known.count - 1 : random.next(below: known.count)
        }
        if let parent = step.parent {
            for call in known[parent].openCalls {
                let type = call.isCustom ? "custom_tool_call_output" : "function_call_output"
                step.items.append(#"{"type":"\#(type)","call_id":"\#(call.id)","output":"noon"}"#)
            }
            if random.chance(30), itemCounts[parent] > 0 {
                step.references = [random.next(below: itemCounts[parent]), itemCounts[parent] - 1]
            }
        }
        for index in 0..<(1 + random.next(below: 3)) {
            let name = "\(number)x\(index)"
            switch random.next(below: 8) {
            case 0: step.items.append(#"{"type":"reasoning","id":"rs_\#(name)","summary":[],"encrypted_content":"\#(quoted("reasoning:sealed\(name)"))"}"#)
            case 1: step.items.append(#"{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"open\#(name)"}]}"#)
            case 2: step.items.append(#"{"type":"compaction","id":"cmp_\#(name)","encrypted_content":"\#(quoted("compaction:sealed\(name)"))"}"#)
            case 3:
                step.items.append(#"{"type":"custom_tool_call","call_id":"i\#(name)","name":"f","input":"x"}"#)
                step.items.append(#"{"type":"custom_tool_call_output","call_id":"i\#(name)","output":"y"}"#)
            default: step.items.append(#"{"role":"user","id":"in_\#(name)","content":"says \#(name)"}"#)
            }
        }
        step.isCompaction = step.parent.map { known[$0].isStored && known[$0].openCalls.isEmpty } == true && random.chance(10)
        step.answer = answer(number, &random)
        return step
    }

    private static func answer(_ number: Int, _ random: inout SplitMix64) -> EngineAnswer {
        var pieces: [GenerationPiece] = []
        if random.chance(30) { pieces.append(.reasoning("thinks \(number)")) }
        // The list dialect refuses this one: it is not in the prompt, and takes nothing along.
        if random.chance(20) { pieces.append(.itemEnded(0, RawJSON(validated: Array(#"{"type":"web_search_call","status":"completed"}"#.utf8)))) }
        pieces.append(.text("answer \(number)"))
        if random.chance(20) { pieces += [.call(0, "f", id: "c\(number)"), .input(0, "{}")] }
        if random.chance(15) { pieces += [.call(1, "g", id: "k\(number)", kind: .custom), .input(1, "free")] }
        return EngineAnswer([GenerationBatch(pieces)])
    }

    /// Does a step in a world.
    ///
    /// - Returns: what the engine was given, and how the turn ended.
    private func perform(_ step: Step, in world: World) -> (prompt: String?, end: String, object: RawJSON?) {
        var items = step.items
        let known = step.parent.map { world.itemIDs[$0] } ?? []
        for place in step.references { items.append(#"{"type":"item_reference","id":"\#(known[place])"}"#) }
        var members = [
            #""type":"response.create""#, #""model":"\#(step.model)""#, #""input":[\#(items.joined(separator: ","))]"#,
            #""store":\#(step.isStored)"#, #""include":["reasoning.encrypted_content"]"#,
        ]
        if let parent = step.parent { members.append(#""previous_response_id":"\#(world.ids[parent])""#) }
        let body = "{\(members.joined(separator: ","))}"
        let connection = step.isCompaction ? world.request() : world.socket
        let before = connection.prompts.count
        if step.isCompaction { try? connection.post(body, for: .compaction) } else { connection.send(body) }
        let prompt = connection.prompts.count > before ? connection.prompts.last : nil
        if let answer = step.answer, !connection.works.isEmpty { connection.answer(answer) }
        let object = connection.finished.last?.object
        let last = connection.take().last
        var end = last?.type ?? "nothing"
        if let error = connection.finished.last?.error {
            // The ids of responses are the world's own.
            end = "\(error.status) \(error.message)"
            if let parent = step.parent { end = end.replacing("'\(world.ids[parent])'", with: "the parent") }
        }
        return (prompt, end, object)
    }

    private func run(seed: UInt64, steps: Int) {
        var random = SplitMix64(seed: seed)
        let (kept, forgetful) = (World(), World())
        var known: [Known] = []
        for number in 0..<steps {
            let step = Self.draw(known, kept.itemIDs.map(\.count), number, &random)
            if random.chance(40) { forgetful.process.emptyCache() }
            let expected = perform(step, in: kept)
            let found = perform(step, in: forgetful)
            guard expected.prompt == found.prompt, expected.end == found.end else {
                Issue.record("seed \(seed), turn \(number): \(expected.prompt ?? "-") \(expected.end) became \(found.prompt ?? "-") \(found.end)")
                return
            }
            if step.isCompaction {
                let items = { (object: RawJSON?) in object?["output"]?.elements.compactMap { $0["content"]?.text ?? $0["encrypted_content"]?.text } }
                #expect(items(expected.object) == items(found.object), "seed \(seed), turn \(number)")
                continue
            }
            guard expected.end == "response.completed", let output = expected.object?["output"]?.elements else { continue }
            for (world, object) in [(kept, expected.object), (forgetful, found.object)] {
                let sent = step.items.compactMap { try? RawJSON(parsing: $0) }.filter { $0["type"]?.stringValue != "compaction" }
                let made = object?["output"]?.elements ?? []
                let ids = (sent + made).filter { $0["type"]?.stringValue != "web_search_call" }.compactMap { $0["id"]?.stringValue }
                world.itemIDs.append((step.parent.map { world.itemIDs[$0] } ?? []) + ids)
                world.ids.append(object?["id"]?.stringValue ?? "none")
            }
            let calls = output.compactMap { item -> (id: String, isCustom: Bool)? in
                guard let id = item["call_id"]?.stringValue else { return nil }
                return (id, item["type"]?.stringValue == "custom_tool_call")
            }
            let isStored = step.isStored && step.parent.map { known[$0].isStored } != false
            known.append(Known(openCalls: calls, isStored: isStored))
        }
        #expect(known.count > steps / 2, "seed \(seed): most turns go well")
        for world in [kept, forgetful] {
            // What came sealed is sealed in the store: the word stands there turned around.
            for record in (world.process.stored["alice"] ?? [:]).values {
                let texts = (record.input + Array(record.entered.values) + record.output).map(\.text)
                #expect(!texts.contains { $0.contains("sealed") }, "seed \(seed)")
            }
            world.socket.disconnect()
            #expect(world.process.memory.bytes == 0)
            #expect(world.process.placed == 0)
            world.process.emptyStore()
            #expect(world.process.cacheMemory.bytes == 0, "seed \(seed)")
        }
    }

    @Test(arguments: UInt64(0)..<150) func aChainReadAgainIsTheSame(seed: UInt64) { run(seed: seed, steps: 40) }
}
