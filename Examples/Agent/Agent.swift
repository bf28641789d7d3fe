import ResponsesClient

/// An agent that reads a handbook page by page over one line, with a tool, and says what it found.
///
///     hotline serve --engine scripted
///     swift run example-agent                                    # the scripted engine calls the tool 20 times
///     swift run example-agent https://HOST/v1 MODEL "Read pages 1 to 20 of the handbook. Which one is about drains?"
///
/// The line may break as often as it likes: every page is read once for each call of the tool.
@main
struct Agent {
    /// What the tool takes; its JSON schema is made from this type.
    struct Page: Decodable {
        let number: Int
    }

    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let url = arguments.first ?? "http://127.0.0.1:8484/v1"
        let model = arguments.count > 1 ? arguments[1] : "scripted"
        let question = arguments.count > 2 ? arguments[2] : #"[[tools:20 read_page {"number":{i}}]] Read the handbook."#

        let readPage = try AgentTool(
            "read_page", "Reads one page of the handbook.", describing: ["number": "The page, from 1."]
        ) { (page: Page) in
            print("reading page \(page.number)")
            return "Page \(page.number): keep the drains of building \(page.number) free of leaves."
        }

        try await ResponsesClient.withConnection(to: url, model: model, configure: { $0.template.store = false }) { line in
            // A failed warmup costs time only.
            _ = try? await line.warmUp(tools: [readPage])
            let run = try await line.run(question, tools: [readPage]) { event in
                if case .turnInterrupted = event { print("the line broke, asking again") }
            }
            print("answer: \(run.text)")
            print("\(run.toolCalls) tool calls in \(run.rounds) turns over \(await line.status.connections) connections")
        }
    }
}
