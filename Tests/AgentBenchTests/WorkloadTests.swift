import ResponsesAPI
import Testing

@testable import AgentBench

struct WorkloadTests {
    private var plan: BenchPlan {
        var plan = BenchPlan()
        plan.contextBytes = 5_000
        plan.toolsBytes = 3_000
        plan.toolOutputBytes = 700
        return plan
    }

    @Test func textsHaveTheSizesOfThePlan() throws {
        let work = try Workload(plan, run: "1", isScripted: true)
        guard case .message(let message) = work.context[0].body, let text = message.content[0].text else {
            Issue.record("the context is not a message")
            return
        }
        #expect(text.string.utf8.count == 5_000)
        #expect(work.toolOutput(round: 3).string.utf8.count == 700)
        #expect((2_700...3_000).contains(work.tools.json.bytes.count))
        #expect(work.tools.callable(named: Workload.toolName) != nil)
    }

    @Test func runsDifferInTheirFirstWords() throws {
        let (one, two) = try (Workload(plan, run: "1", isScripted: true), Workload(plan, run: "2", isScripted: true))
        #expect(one.instructions.string.hasPrefix("Run 1."))
        #expect(two.instructions.string.hasPrefix("Run 2."))
        #expect(one.context != two.context)
        #expect(one.tools.json != two.tools.json)
        #expect(one.tools.json.bytes.count == two.tools.json.bytes.count)
    }

    @Test(arguments: [16, 50, 100, 1_000])
    func argumentsAreAsManyTokensInEveryRound(tokens: Int) {
        let template = Workload.arguments(tokens: tokens)
        for round in ["0", "10", "100"] {
            let bytes = template.replacing("{i}", with: round).utf8.count
            #expect((bytes + 3) / 4 == tokens)
        }
    }

    @Test func onlyTheScriptedEngineIsGivenDirectives() throws {
        let real = try Workload(plan, run: "1", isScripted: false)
        #expect(!String(decoding: real.task.json.bytes, as: UTF8.self).contains("[["))
    }

    @Test func aPlanMayHaveNoContextAndHardlyAnyTools() throws {
        var plan = plan
        (plan.contextBytes, plan.toolsBytes, plan.toolOutputBytes) = (0, 0, 0)
        let work = try Workload(plan, run: "1", isScripted: true)
        #expect(work.context.isEmpty)
        #expect(work.tools.tools.count == 1)
        #expect(work.toolOutput(round: 0).isEmpty)
    }
}
