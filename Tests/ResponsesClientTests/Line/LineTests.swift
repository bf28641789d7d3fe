import ResponsesAPI
import ResponsesClient
import ResponsesServer
import Testing

/// The line against the real server.
struct LineTests {
    static let transports: [ResponsesClient.Transport] = [.automatic, .http]

    @Test(arguments: transports)
    func turnsFollowEachOther(_ transport: ResponsesClient.Transport) async throws {
        try await LocalServer.with { port in
            try await ResponsesClient.withConnection(
                to: "http://127.0.0.1:\(port)", model: "scripted", configure: { $0.transport = transport }
            ) { line in
                let first = try await line.respond(to: "[[say:one]]")
                #expect(try await first.text() == "one")
                let second = try await line.respond(to: "[[say:two]]")
                var deltas = ""
                for try await event in second {
                    if case .outputTextDelta(_, let delta) = event.body { deltas += delta.string }
                }
                #expect(deltas == "two")
                #expect(first.delivery?.isIncrement == false)
                // Stored by default, so HTTP continues it too.
                #expect(second.delivery?.isIncrement == true)
                #expect(second.delivery?.transport == (transport == .http ? .http : .webSocket))
                #expect(try await second.response().outputText == "two")
                #expect(await line.chain.items.count == 4)
            }
        }
    }

    @Test func aWarmupIsContinued() async throws {
        try await LocalServer.with { port in
            try await ResponsesClient.withConnection(
                to: "http://127.0.0.1:\(port)", model: "scripted", configure: { $0.template.store = false }
            ) { line in
                let warmup = try #require(try await line.warmUp(with: [.userMessage("a long context")]))
                #expect(warmup.usage?.outputTokens == 0)
                let turn = try await line.respond(to: "[[say:hello]]")
                #expect(try await turn.text() == "hello")
                #expect(turn.delivery?.isIncrement == true)
            }
        }
    }

    @Test func lanesRunSideBySideAndForksShareTheirPast() async throws {
        try await LocalServer.with { port in
            try await ResponsesClient.withConnection(to: "http://127.0.0.1:\(port)", model: "scripted") { line in
                _ = try await line.respond(to: "[[say:root]]").text()
                let fork = try await line.lane("fork", continuing: line.chain)
                async let left = line.respond(to: "[[say:left]]").text()
                async let right = fork.respond(to: "[[say:right]]").text()
                #expect(try await (left, right) == ("left", "right"))
                #expect(await line.chain.items.count == 4)
                #expect(await fork.chain.items.count == 4)
            }
        }
    }

    @Test func errorsOfTheServerAreThrownAndTheLineLivesOn() async throws {
        try await LocalServer.with { port in
            try await ResponsesClient.withConnection(to: "http://127.0.0.1:\(port)", model: "scripted") { line in
                await #expect(throws: APIError.self) { try await line.respond(to: "[[fail]]").text() }
                let unknown = try await line.respond(to: "x") { $0.model = "no-such-model" }
                let error = await #expect(throws: APIError.self) { try await unknown.text() }
                #expect(error?.code == .modelNotFound)
                #expect(try await line.respond(to: "[[say:fine]]").text() == "fine")
                #expect(await line.status.connections == 1)
            }
        }
    }

    @Test func aCancelledTurnLeavesTheLaneUsable() async throws {
        try await LocalServer.with { port in
            try await ResponsesClient.withConnection(to: "http://127.0.0.1:\(port)", model: "scripted") { line in
                let slow = try await line.respond(to: "[[slow:60]]")
                for try await event in slow where event.type == "response.output_text.delta" { break }
                slow.cancel()
                let error = await #expect(throws: ClientError.self) { try await slow.text() }
                #expect(error?.code == .cancelled)
                #expect(try await line.respond(to: "[[say:next]]").text() == "next")
                #expect(await line.status.connections == 1)
            }
        }
    }

    @Test func settingsThatTellThePastTwiceAreRefused() async throws {
        try await ResponsesClient.withConnection(to: "http://127.0.0.1:1") { line in
            let changes: [@Sendable (inout CreateRequest) -> Void] = [
                { $0.previousResponseID = "resp_1" }, { $0.conversation = "\"conv_1\"" }, { $0.background = true },
            ]
            for change in changes {
                let error = await #expect(throws: ClientError.self) { _ = try await line.respond(to: "x", settings: change) }
                #expect(error?.code == .notPossible)
            }
        }
    }

    @Test func nobodyListeningIsToldByTheFirstTurn() async throws {
        let error = await #expect(throws: ClientError.self) {
            try await ResponsesClient.withConnection(to: "http://127.0.0.1:1") { line in
                _ = try await line.respond(to: "x").text()
            }
        }
        #expect(error?.code == .unreachable)
        #expect(error?.message.contains("127.0.0.1:1") ?? false)
    }

    @Test func aWrongKeyIsToldAsTheServerSaysIt() async throws {
        try await LocalServer.with(configure: { $0.keys = .init(["right"]) }) { port in
            for transport in Self.transports {
                let error = await #expect(throws: APIError.self) {
                    try await ResponsesClient.withConnection(
                        to: "http://127.0.0.1:\(port)", key: "wrong", configure: { $0.transport = transport }
                    ) { line in
                        _ = try await line.respond(to: "x").text()
                    }
                }
                #expect(error?.status == 401)
            }
        }
    }

    @Test func singleRequestsGoOverHTTP() async throws {
        try await LocalServer.with { port in
            let client = try ResponsesClient(.init(url: "127.0.0.1:\(port)"))
            #expect(try await client.models() == ["scripted"])
            var request = CreateRequest()
            request.model = "scripted"
            request.input = [.userMessage("[[say:once]]")]
            #expect(try await client.create(request).outputText == "once")
        }
    }

    @Test func anAgentRunsItsTools() async throws {
        struct Page: Decodable { let number: Int }
        let read = try AgentTool("read_page", "Reads a page") { (page: Page) in "page \(page.number)" }
        try await LocalServer.with { port in
            try await ResponsesClient.withConnection(
                to: "http://127.0.0.1:\(port)", model: "scripted", configure: { $0.template.store = false }
            ) { line in
                let run = try await line.run(#"[[tools:5 read_page {"number":{i}}]]"#, tools: [read])
                #expect(run.toolCalls == 5)
                #expect(run.rounds == 6)
                #expect(await line.chain.openCalls.isEmpty)
            }
        }
    }

    @Test func answersBecomeSwiftTypes() async throws {
        struct Weather: Decodable, Sendable { let city: String; let degrees: Int; let isRaining: Bool }
        try await LocalServer.with { port in
            try await ResponsesClient.withConnection(to: "http://127.0.0.1:\(port)", model: "scripted") { line in
                _ = try await line.respond(to: "How is the weather?", as: Weather.self)
            }
        }
    }
}
