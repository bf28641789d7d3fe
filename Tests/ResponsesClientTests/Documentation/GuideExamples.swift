import ResponsesAPI
import ResponsesClient

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

// The examples of the guides, word for word: `GuideTests` compares them, compiles them and runs them.

enum GuideExamples {
    static func firstTurn(_ url: String, _ key: String?) async throws {
        try await ResponsesClient.withConnection(to: url, model: "scripted") { line in
            let greeting = try await line.respond(to: "Hello").text()
            print(greeting)
            // Sends this sentence only: the server holds what came before.
            print(try await line.respond(to: "And in French?").text())
        }
        var configuration = ResponsesClient.Configuration(url: url, key: key)
        configuration.template.model = "scripted"
        configuration.template.instructions = "Answer in one sentence."
        configuration.template.store = false
        let client = try ResponsesClient(configuration)
        try await client.withConnection { line in
            let turn = try await line.respond(to: "What is a lane?") { $0.temperature = 0 }
            print(try await turn.text())
        }
    }

    static func events(_ line: Line) async throws {
        let turn = try await line.respond(to: "Tell me a story")
        for try await event in turn {
            if case .outputTextDelta(_, let delta) = event.body { print(delta.string, terminator: "") }
        }
        let response = try await turn.response()
        print("\n\(response.usage?.outputTokens ?? 0) tokens")
    }

    static func warmup(_ line: Line) async throws {
        let warmup = try await line.warmUp(with: [.userMessage("Here is the code base: …")])
        print("\(warmup?.usage?.inputTokens ?? 0) tokens are in the engine's cache")
    }

    static func agents(_ line: Line, _ confirm: @escaping @Sendable (String, String) async -> Bool) async throws {
        struct Search: Decodable {
            let words: String
            let limit: Int?
        }
        let search = try AgentTool(
            "search", "Searches the code base.", describing: ["words": "What to look for.", "limit": "The most results."]
        ) { (input: Search) in
            "Sources/Main.swift:3: \(input.words)"
        }
        var options = AgentOptions()
        options.roundsMax = 20
        options.parallelToolsMax = 4
        let run = try await line.run("Where is the entry point?", tools: [search], options: options) { event in
            switch event {
            case .toolStarted(let call): print("running \(call.name)")
            case .turnInterrupted: print("the line broke; asking again")
            default: break
            }
        }
        print(run.text, run.toolCalls, run.usage.totalTokens)
        try await withThrowingTaskGroup(of: String.self) { group in
            for file in ["a.swift", "b.swift"] {
                let lane = try line.lane(file)
                group.addTask { try await lane.run("Review \(file)", tools: [search]).text }
            }
            for try await review in group { print(review) }
        }
        struct File: Decodable { let path: String }
        let remove = try AgentTool("remove_file", "Removes a file.", needsApproval: true) { (file: File) in "removed" }
        options.approve = { call in
            await confirm(call.name, call.input.string) ? .allow : .deny(reason: "The user said no.")
        }
        _ = try await line.run("Tidy up", tools: [remove], options: options)
    }

    static func chains(_ line: Line) async throws {
        let before = await line.chain
        _ = try await line.respond(to: "Use callbacks").text()
        // As if it had not been said.
        try await line.main.rewind(to: before)
        _ = try await line.respond(to: "Use async functions").text()

        let base = await line.chain
        let bold = try await line.lane("bold", continuing: base)
        let careful = try await line.lane("careful", continuing: base)
        async let one = bold.respond(to: "Propose a rewrite").text()
        async let other = careful.respond(to: "Propose a small fix").text()
        print(try await one, try await other)

        let saved = try JSONEncoder().encode(await line.chain.items)
        let items = try JSONDecoder().decode([Item].self, from: saved)
        let again = try await line.lane("again", continuing: Chain(items: items))
        print(try await again.respond(to: "Where were we?").text())
    }

    static func structured(_ line: Line) async throws {
        struct Review: Decodable {
            enum Verdict: String, Decodable, CaseIterable { case merge, change, reject }
            let verdict: Verdict
            let remarks: [String]
        }
        let review = try await line.respond(to: "Review this diff: …", as: Review.self)
        print(review.verdict, review.remarks.count)
    }

    static func breaks(_ line: Line) async throws {
        do {
            print(try await line.respond(to: "Write the report").text())
        } catch let error as ClientError where error.code == .interrupted {
            // Its beginning was seen, so your program decides whether to ask again. The chain is as it was before.
            print(try await line.respond(to: "Write the report").text())
        }
    }

    static func limits(_ configuration: inout ResponsesClient.Configuration) {
        var limits = ClientLimits()
        limits.silenceMax = .seconds(60)
        limits.connectTriesMax = 3
        limits.messageBytesMax = 4 << 20
        configuration.limits = limits
    }

    static func otherServers(_ key: String?) -> ResponsesClient.Configuration {
        var configuration = ResponsesClient.Configuration(url: "https://api.openai.com/v1", key: key)
        configuration.template.model = "MODEL"
        configuration.template.store = false
        // Without storage, a server that seals its reasoning must return it, so that a whole history can be sent again.
        configuration.template.include = ["reasoning.encrypted_content"]
        return configuration
    }
}
