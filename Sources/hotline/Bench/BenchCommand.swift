import AgentBench
import ArgumentParser
import LibC

/// `hotline bench`: measures the same agent's loop in several ways.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure what an open line saves an agent, against HTTP.",
        discussion: """
            An agent reads a context, calls a tool again and again, and answers. It does so in several ways: http-full sends the \
            whole conversation in every turn, http-continued what is new and previous_response_id, websocket what is new over \
            one WebSocket, websocket-warm the same after a warmup with instructions, tools and context. With --ways, chat \
            sends the whole conversation to /v1/chat/completions in every turn, and messages to /v1/messages, as clients of these \
            protocols do. The ways take turns; each run begins cold.

            Without --url it starts the built-in scripted engine behind a server of its own, as fast as --scripted says. A \
            network is put between client and server: delay, bandwidth, handshakes and TCP's slow start.

            Quantities of text are tokens (500, 32k; four bytes each) or bytes (128kB). The key can be given as HOTLINE_API_KEY or HOTLINE_KEY as well.
            """)

    @Option(help: ArgumentHelp("The base URL of the server to measure. (default: a built-in one)", valueName: "url"))
    var url: String?

    @Option(help: ArgumentHelp("The key that the server wants.", valueName: "key"))
    var key: String?

    @Option(help: ArgumentHelp("The model to ask for. (default: the first that the server lists)", valueName: "name"))
    var model: String?

    @Option(
        help: ArgumentHelp(
            "Speed of the scripted engine, in tokens per second. (default: \(BenchSettings.defaultSpeed))", valueName: "speed"))
    var scripted: String?

    @Option(help: ArgumentHelp("Turns in which the model calls a tool; one more answers. (default: 20)", valueName: "count"))
    var toolCalls: Int?

    @Option(help: ArgumentHelp("What the agent reads first. (default: 32k)", valueName: "size"))
    var context: String?

    @Option(help: ArgumentHelp("The definitions of all tools. (default: 10kB)", valueName: "size"))
    var tools: String?

    @Option(help: ArgumentHelp("Tokens that the model writes in a turn. (default: 100)", valueName: "tokens"))
    var output: Int?

    @Option(help: ArgumentHelp("What a tool returns. (default: 2kB)", valueName: "size"))
    var toolOutput: String?

    @Option(
        help: ArgumentHelp(
            "How long a tool works between two turns; not counted, but TCP slows down meanwhile. (default: 0)",
            valueName: "duration"))
    var toolTime: String?

    @Option(help: ArgumentHelp("Round trip between client and server; 0 for none. (default: 40ms, with --url 0)", valueName: "duration"))
    var rtt: String?

    @Option(
        help: ArgumentHelp(
            "Bandwidth: 20mbit, or upload/download such as 20mbit/100mbit. (default: no limit)", valueName: "rate"))
    var bandwidth: String?

    @Option(help: ArgumentHelp("Agents at the same time, each with a connection of its own. (default: 1)", valueName: "count"))
    var concurrency: Int?

    @Option(help: ArgumentHelp("How often each way is measured. (default: 5)", valueName: "count"))
    var repetitions: Int?

    @Option(help: ArgumentHelp("Ways to measure, with commas; the others are compared with the first. (default: \(Way.ofResponses.map(\.rawValue).joined(separator: ",")))", valueName: "ways"))
    var ways: String?

    @Flag(help: "Count the first run of each way too, in which everything is cold.")
    var noTrialRun = false

    @Flag(help: "Print the result as JSON instead of the table.")
    var json = false

    @Option(help: ArgumentHelp("Also write a page with plots to this file.", valueName: "file.html"))
    var report: String?

    func run() async throws {
        do {
            try await measure()
        } catch let failure as Failure {
            failure.exit()
        }
    }

    private func measure() async throws {
        let settings = try BenchSettings(self)
        let page = try report.map { path throws(Failure) in try OutputFile(path) }
        let result = try await settings.measuring(ProgressLine(isShown: isatty(STDERR_FILENO) == 1))
        // First, so that it stays whatever happens to the page.
        let code = Standard.output(json ? try result.json() + "\n" : ResultTable(result).text)
        if let page {
            try page.write(HTMLReport(result).html)
            Standard.error("The page is in \(page.path).\n")
        }
        if let code { throw Failure(message: Standard.cannotWrite(code), wayOut: "Send it elsewhere.", code: 74) }
    }
}
