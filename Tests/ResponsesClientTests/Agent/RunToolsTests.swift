import ResponsesAPI
import Synchronization
import Testing

@testable import ResponsesClient
@testable import ResponsesTesting

/// Goal: every call gets one output, in the order of the calls, each tool runs at most once and never more at a time than
/// allowed.
/// Method: tools stand at a gate until the test lets them through, in an order drawn from a seed.
struct RunToolsTests {
    private static func call(_ name: String, _ id: Int, kind: Item.ToolCall.Kind = .function) -> Item.ToolCall {
        Item.ToolCall(kind: kind, callID: "call_\(id)", name: name, input: "{}")
    }

    private static func outputs(_ items: [Item]) -> [String] {
        items.map { item in
            guard case .callOutput(let output) = item.body, let text = output.output.first?.text else { return "no output" }
            return "\(output.callID): \(text.string)"
        }
    }

    /// Who stands at the gate, who may pass, and who was ever there.
    private struct Gate: Sendable {
        var waiting: [String] = []
        var passed: Set<String> = []
        var cameInAll: [String] = []
        var mostAtOnce = 0
    }

    private static func gatedTool(_ name: String, _ gate: Watched<Gate>, needsApproval: Bool = false) -> AgentTool {
        AgentTool(Tool.FunctionTool(name: name), needsApproval: needsApproval) { call in
            gate.update {
                $0.waiting.append(call.callID)
                $0.cameInAll.append(call.callID)
                $0.mostAtOnce = max($0.mostAtOnce, $0.waiting.count)
            }
            await gate.wait { $0.passed.contains(call.callID) }
            gate.update { $0.waiting.removeAll { $0 == call.callID } }
            try Task.checkCancellation()
            return "done \(call.callID)"
        }
    }

    /// What was reported, as one line each.
    private final class Report: Sendable {
        private let events = Mutex<[String]>([])
        var lines: [String] { events.withLock { $0 } }

        func add(_ event: AgentEvent) async {
            let line =
                switch event {
                case .toolStarted(let call): "started \(call.callID)"
                case .toolFinished(let call, _, let isError, _): "finished \(call.callID)\(isError ? " with an error" : "")"
                case .toolDenied(let call, let reason): "denied \(call.callID): \(reason)"
                default: "other"
                }
            events.withLock { $0.append(line) }
        }
    }

    @Test(arguments: UInt64(0)..<60) func everyCallIsAnsweredInOrder(seed: UInt64) async {
        var random = SplitMix64(seed: seed)
        let gate = Watched(Gate())
        let report = Report()
        let calls = (0..<Int.random(in: 1...24, using: &random)).map { Self.call("tool", $0) }
        var options = AgentOptions()
        options.parallelToolsMax = Int.random(in: 1...6, using: &random)
        let limits = options
        let tools = [Self.gatedTool("tool", gate)]

        async let items = runTools(calls, tools: tools, options: limits) { await report.add($0) }
        for left in (1...calls.count).reversed() {
            // As many as may run at once do.
            let expected = min(left, limits.parallelToolsMax)
            await gate.wait { $0.waiting.count == expected && $0.passed.isDisjoint(with: $0.waiting) }
            let next = gate.state.waiting.sorted().randomElement(using: &random)!
            gate.update { _ = $0.passed.insert(next) }
            await gate.wait { !$0.waiting.contains(next) }
        }

        #expect(Self.outputs(await items) == calls.map { "\($0.callID): done \($0.callID)" })
        let end = gate.state
        #expect(end.cameInAll.sorted() == calls.map(\.callID).sorted())
        #expect(end.mostAtOnce <= limits.parallelToolsMax)
        #expect(Set(report.lines).count == calls.count * 2)
        for call in calls {
            let started = report.lines.firstIndex(of: "started \(call.callID)") ?? .max
            #expect(started < report.lines.firstIndex(of: "finished \(call.callID)") ?? 0)
        }
    }

    @Test(arguments: UInt64(0)..<40) func aCancelledRunAnswersEveryCall(seed: UInt64) async {
        var random = SplitMix64(seed: seed)
        let gate = Watched(Gate())
        let calls = (0..<Int.random(in: 1...12, using: &random)).map { Self.call("tool", $0) }
        var options = AgentOptions()
        options.parallelToolsMax = Int.random(in: 1...4, using: &random)
        let limits = options
        let tools = [Self.gatedTool("tool", gate)]
        let finishedFirst = Int.random(in: 0..<calls.count, using: &random)

        let items = await withTaskGroup(of: [Item].self) { group in
            group.addTask { await runTools(calls, tools: tools, options: limits) { _ in } }
            for done in 0..<finishedFirst {
                let expected = min(calls.count - done, limits.parallelToolsMax)
                await gate.wait { $0.waiting.count == expected }
                let next = gate.state.waiting.sorted().randomElement(using: &random)!
                gate.update { _ = $0.passed.insert(next) }
                await gate.wait { !$0.waiting.contains(next) }
            }
            let expected = min(calls.count - finishedFirst, limits.parallelToolsMax)
            await gate.wait { $0.waiting.count == expected }
            group.cancelAll()
            return await group.next() ?? []
        }

        let end = gate.state
        let expected = calls.map { call in
            let id = call.callID
            if end.passed.contains(id) { return "\(id): done \(id)" }
            return end.cameInAll.contains(id)
                ? "\(id): The tool was cancelled while it ran. What it had done by then remains." : "\(id): Not run: cancelled."
        }
        #expect(Self.outputs(items) == expected)
        #expect(end.passed.count == finishedFirst)
    }

    @Test func nothingIsRunInARunThatIsCancelledAlready() async {
        let gate = Watched(Gate())
        let tools = [Self.gatedTool("tool", gate)]
        let items = await withTaskGroup(of: [Item].self) { group in
            group.cancelAll()
            group.addTask { await runTools([Self.call("tool", 1), Self.call("none", 2)], tools: tools, options: .init()) { _ in } }
            return await group.next() ?? []
        }
        #expect(Self.outputs(items) == ["call_1: Not run: cancelled.", "call_2: Not run: there is no tool 'none'. The tools are 'tool'."])
        #expect(gate.state.cameInAll.isEmpty)
    }

    /// Calls without a question are under way before the first question; questions come one at a time, in order.
    @Test func oneQuestionAtATime() async {
        let gate = Watched(Gate())
        let report = Report()
        let asked = Watched((open: 0, most: 0, ids: [String]()))
        var options = AgentOptions()
        options.approve = { call in
            asked.update {
                $0.open += 1
                $0.most = max($0.most, $0.open)
                $0.ids.append(call.callID)
            }
            // The free call runs while the person thinks.
            await gate.wait { $0.cameInAll.contains("call_2") }
            asked.update { $0.open -= 1 }
            return call.callID == "call_1" ? .deny(reason: "Too late in the day.") : .allow
        }
        gate.update { $0.passed = ["call_0", "call_2", "call_3"] }
        let calls = [Self.call("asked", 0), Self.call("asked", 1), Self.call("free", 2), Self.call("asked", 3)]
        let tools = [Self.gatedTool("asked", gate, needsApproval: true), Self.gatedTool("free", gate)]
        let items = await runTools(calls, tools: tools, options: options) { await report.add($0) }

        #expect(
            Self.outputs(items) == [
                "call_0: done call_0", "call_1: Not run: the call was declined. Too late in the day.", "call_2: done call_2",
                "call_3: done call_3",
            ])
        #expect(asked.state.ids == ["call_0", "call_1", "call_3"])
        #expect(asked.state.most == 1)
        #expect(report.lines.first == "started call_2")
        #expect(report.lines.contains("denied call_1: Too late in the day."))
        #expect(!report.lines.contains("started call_1"))
    }

    /// A yes that comes after the run was cancelled starts nothing.
    @Test func anAnswerAfterTheCancellationIsNone() async {
        let gate = Watched(Gate())
        let asked = Watched(false)
        var options = AgentOptions()
        options.approve = { _ in
            asked.update { $0 = true }
            // Returns once the task is cancelled.
            await gate.wait { _ in false }
            return .allow
        }
        let limits = options
        let tools = [Self.gatedTool("asked", gate, needsApproval: true)]
        let items = await withTaskGroup(of: [Item].self) { group in
            group.addTask { await runTools([Self.call("asked", 1)], tools: tools, options: limits) { _ in } }
            await asked.wait { $0 }
            group.cancelAll()
            return await group.next() ?? []
        }
        #expect(Self.outputs(items) == ["call_1: Not run: cancelled."])
        #expect(gate.state.cameInAll.isEmpty)
    }

    @Test func unknownToolsAreAnsweredWithTheKnownOnes() async throws {
        let report = Report()
        let tools = [try AgentTool("read", "") { "r" }, try AgentTool("write", "") { "w" }]
        let items = await runTools(
            [Self.call("delete", 1), Self.call("write", 2), Self.call("patch", 3, kind: .custom)], tools: tools, options: .init()
        ) { await report.add($0) }
        #expect(
            Self.outputs(items) == [
                "call_1: Not run: there is no tool 'delete'. The tools are 'read', 'write'.", "call_2: w",
                "call_3: Not run: there is no tool 'patch'. The tools are 'read', 'write'.",
            ])
        #expect(items.map(\.type) == ["function_call_output", "function_call_output", "custom_tool_call_output"])
        #expect(report.lines.filter { $0.hasSuffix("with an error") }.count == 2)
        #expect(!report.lines.contains("started call_1"))
        let none = await runTools([Self.call("read", 1)], tools: [], options: .init()) { _ in }
        #expect(Self.outputs(none) == ["call_1: Not run: there are no tools here."])
    }

    @Test(arguments: [
        ("abcdef", 6, "abcdef"), ("abcdefg", 6, "abcdef\n[The output was cut: 1 of 7 bytes are missing.]"),
        // ü has two bytes, the flag eight in two scalars.
        ("aüü", 4, "aü\n[The output was cut: 2 of 5 bytes are missing.]"),
        ("a🇩🇪", 8, "a🇩\n[The output was cut: 4 of 9 bytes are missing.]"),
        ("ü", 1, "[The output was cut: 2 of 2 bytes are missing.]"), ("abc", 0, "[The output was cut: 3 of 3 bytes are missing.]"),
        ("abc", -1, "[The output was cut: 3 of 3 bytes are missing.]"), ("", 0, ""),
    ]) func longOutputsAreCutBetweenCharacters(_ text: String, _ bytesMax: Int, _ expected: String) async throws {
        var options = AgentOptions()
        options.toolOutputBytesMax = bytesMax
        let items = await runTools([Self.call("long", 1)], tools: [try AgentTool("long", "") { text }], options: options) { _ in }
        #expect(Self.outputs(items) == ["call_1: \(expected)"])
    }
}
