import ResponsesClient
import Synchronization
import Testing

@testable import ResponsesTesting

/// Goal: whatever a network does, an agent comes to its end with each call's tool run once, and a line's turns end.
/// Method: the real server behind a proxy that does to connections what a rule or a seed says.
struct FaultTests {
    struct Page: Decodable { let number: Int }

    /// Notes which pages were read.
    final class Reader: Sendable {
        private let pages = Mutex([Int]())
        var read: [Int] { pages.withLock { $0 } }

        func tool() throws -> AgentTool {
            try AgentTool("read_page", "Reads a page.") { (page: Page) in
                self.pages.withLock { $0.append(page.number) }
                return "page \(page.number)"
            }
        }
    }

    /// Twenty turns with a call, then a short answer: no turn is longer than ten events.
    static let prompt = #"[[tools:20 read_page {"number":{i}}]] [[say:done]]"#

    private func run(
        through proxy: FaultProxy, interruptionsMax: Int = 5, _ change: (inout ResponsesClient.Configuration) -> Void = { _ in }
    ) async throws -> (pages: [Int], run: AgentRun) {
        let reader = Reader()
        let tool = try reader.tool()
        let run = try await ResponsesClient.withConnection(
            to: "http://127.0.0.1:\(proxy.port)", model: "scripted",
            configure: {
                $0.template.store = false
                $0.limits.backoffFirst = .milliseconds(1)
                $0.limits.backoffLast = .milliseconds(10)
                change(&$0)
            }
        ) { line in
            var options = AgentOptions()
            options.interruptionsMax = interruptionsMax
            return try await line.run(Self.prompt, tools: [tool], options: options)
        }
        return (reader.read, run)
    }

    static let cuts: [FaultProxy.Fault] = [.reset(.after), .end(.after), .close(1001), .close(1011), .halfClose(.client)]

    @Test(.timeLimit(.minutes(2)), arguments: cuts)
    func aSocketCutAtEveryTenthEventCostsNoToolARun(_ cut: FaultProxy.Fault) async throws {
        try await LocalServer.with { port in
            try await FaultProxy.with(to: port, rule: FaultProxy.every(10, cut)) { proxy in
                let (pages, run) = try await run(through: proxy)
                #expect(pages == Array(0..<20))
                #expect(run.toolCalls == 20)
                #expect(run.text == "done")
                #expect(proxy.counts.state.connections > 15)
                await proxy.counts.wait { $0.open == 0 }
            }
        }
    }

    @Test(.timeLimit(.minutes(3)), arguments: UInt64(0)..<UInt64(12))
    func seededFaultsAreOutlived(_ seed: UInt64) async throws {
        let rule = FaultProxy.random(oneIn: 9, of: FaultProxy.allFaults + [.blackHole], connections: [.refuse, .answer(status: 503), .answer(status: 404)], oneIn: 6)
        try await LocalServer.with { port in
            try await FaultProxy.with(
                to: port, rule: rule, seed: seed, faultsMax: 25, delay: (.milliseconds(1), .zero)
            ) { proxy in
                let (pages, run) = try await run(through: proxy, interruptionsMax: 25) {
                    $0.limits.silenceMax = .milliseconds(700)
                    $0.limits.connectTriesMax = 25
                    $0.limits.upgradeRefusalsMax = 25
                }
                #expect(pages == Array(0..<20))
                #expect(run.toolCalls == 20)
                #expect(!proxy.counts.state.faults.isEmpty)
                await proxy.counts.wait { $0.open == 0 }
            }
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [UInt16(1000), 1001, 1008, 1009, 1011, 1012, 1013])
    func aCloseWithinATurnIsToldWithItsCode(_ code: UInt16) async throws {
        try await LocalServer.with { port in
            try await FaultProxy.with(to: port, rule: FaultProxy.at([3: .close(code)])) { proxy in
                try await ResponsesClient.withConnection(to: "http://127.0.0.1:\(proxy.port)", model: "scripted") { line in
                    let error = await #expect(throws: ClientError.self) { try await line.respond(to: "[[say:a]]").text() }
                    #expect(error?.code == .interrupted)
                    #expect(error?.message.contains("\(code)") ?? false)
                    let next = try await line.respond(to: "[[say:b]]").text()
                    #expect(next == "b")
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aTurnWithoutEventsIsSentAgainByItself() async throws {
        try await LocalServer.with { port in
            try await FaultProxy.with(to: port, rule: FaultProxy.at([1: .reset(.before)])) { proxy in
                try await ResponsesClient.withConnection(to: "http://127.0.0.1:\(proxy.port)", model: "scripted") { line in
                    let turn = try await line.respond(to: "[[say:a]]")
                    #expect(try await turn.text() == "a")
                    #expect(turn.delivery?.tries == 2)
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aNetworkWithoutWebSocketsMeansHTTP() async throws {
        try await LocalServer.with { port in
            try await FaultProxy.with(to: port) { proxy in
                await proxy.answerNextUpgrades(426)
                let (pages, _) = try await run(through: proxy)
                #expect(pages == Array(0..<20))
                #expect(proxy.counts.state.upgrades == 1)
            }
        }
    }

    @Test(.timeLimit(.minutes(2))) func lanesThatBreakTogetherEachFindTheirWay() async throws {
        try await LocalServer.with { port in
            try await FaultProxy.with(to: port, rule: FaultProxy.every(37, .reset(.after))) { proxy in
                try await ResponsesClient.withConnection(
                    to: "http://127.0.0.1:\(proxy.port)", model: "scripted", configure: { $0.template.store = false }
                ) { line in
                    try await withThrowingTaskGroup(of: [Int].self) { group in
                        for number in 0..<4 {
                            let lane = try line.lane("lane\(number)")
                            let reader = Reader()
                            let tool = try reader.tool()
                            group.addTask {
                                var options = AgentOptions()
                                options.interruptionsMax = 50
                                _ = try await lane.run(Self.prompt, tools: [tool], options: options)
                                return reader.read
                            }
                        }
                        for try await pages in group { #expect(pages == Array(0..<20)) }
                    }
                }
            }
        }
    }
}
