import ResponsesAPI
import ResponsesClient

/// Asks an engine for everything that an agent needs of it, through a server, as a client would.
struct EngineTrial: Sendable {
    let url: String
    let model: String
    let contextTokens: Int?
    /// For each case: a person waits for it.
    let timeMax: Duration

    /// Bounds what a case costs; models that think need some hundred.
    private static let outputTokensMax = 2048
    /// Contexts above this would take minutes to fill, and cost.
    private static let contextTokensMax = 262_144

    private static let weather = """
        [{"type": "function", "name": "get_weather", "description": "Says what the weather is in a city.", "parameters": \
        {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": false}}]
        """

    /// Runs the cases one after the other.
    ///
    /// - Parameter told: is given each outcome as it is known.
    func run(_ cases: [TrialCase] = TrialCase.allCases, told: (TrialReport.Row) -> Void = { _ in }) async -> [TrialReport.Row] {
        var rows: [TrialReport.Row] = []
        for one in cases {
            let started = ContinuousClock.now
            let (outcome, firstByte) = await outcome(one)
            let row = TrialReport.Row(
                name: one.title, outcome: outcome, firstByte: firstByte,
                time: outcome.verdict == .untried ? nil : ContinuousClock.now - started)
            rows.append(row)
            told(row)
        }
        return rows
    }

    private typealias Seen = (TrialOutcome, firstByte: Duration?)

    private func outcome(_ one: TrialCase) async -> (TrialOutcome, firstByte: Duration?) {
        do {
            return try await TimeLimit.run(timeMax) { try await seen(one) }
        } catch let error as APIError {
            return (.wrong("\(error.code.map { "\($0.rawValue): " } ?? "")\(error.message)"), nil)
        } catch let error as ClientError {
            return (.wrong(error.message), nil)
        } catch is TimeLimit.Exceeded {
            return (.wrong("not done within \(EngineReport.text(timeMax))"), nil)
        } catch {
            return (.wrong("\(error)"), nil)
        }
    }

    private func seen(_ one: TrialCase) async throws -> (TrialOutcome, firstByte: Duration?) {
        switch one {
        case .plain: return (try await plain(), nil)
        case .stream: return try await stream(.http)
        case .socket: return try await stream(.automatic)
        case .freeCall: return try await call("Use the tool to find out what the weather is in Paris.", choice: #""auto""#)
        case .forcedCall: return try await call("Say hello.", choice: #""required""#)
        case .namedCall: return try await call("Say hello.", choice: #"{"type": "function", "name": "get_weather"}"#)
        case .twoCalls: return try await twoCalls()
        case .toolLoop: return try await toolLoop()
        case .reasoning: return try await reasoning()
        case .noReasoning: return try await noReasoning()
        case .warmup: return try await warmup()
        case .structured: return try await structured()
        case .cancel: return try await cancel()
        case .fullContext: return try await fullContext()
        }
    }

    // MARK: Turns

    /// Changes a request by members of JSON.
    private static func settings(_ json: String) throws -> @Sendable (inout CreateRequest) -> Void {
        let said = try CreateRequest(parsing: Array(#"{"input": "", \#(json)}"#.utf8))
        return { request in
            request.store = false
            request.maxOutputTokens = said.maxOutputTokens ?? outputTokensMax
            request.tools = said.tools
            request.toolChoice = said.toolChoice
            request.toolChoiceEcho = said.toolChoiceEcho
            request.parallelToolCalls = said.parallelToolCalls
            request.reasoning = said.reasoning
            request.text = said.text
            request.instructions = said.instructions
        }
    }

    private func withLine<R: Sendable>(
        _ transport: ResponsesClient.Transport = .automatic, _ body: @Sendable (Line) async throws -> R
    ) async throws -> R {
        try await ResponsesClient.withConnection(to: url, model: model, configure: { $0.transport = transport }, body)
    }

    private func ask(_ line: Line, _ items: [Item], _ json: String) async throws -> TrialTurn {
        let started = ContinuousClock.now
        return try await TrialTurn(try await line.respond(with: items, settings: try Self.settings(json)), since: started)
    }

    private func ask(_ line: Line, _ text: String, _ json: String) async throws -> TrialTurn {
        try await ask(line, [.userMessage(JSONText(text))], json)
    }

    private static let nothing = #""store": false"#

    /// What is wrong with the end of a turn, whatever it was for.
    private static func problem(_ response: ResponseObject) -> TrialOutcome? {
        if response.status == .completed { return nil }
        return response.incompleteReason == "max_output_tokens"
            ? .unclear("cut at \(outputTokensMax) tokens") : .wrong("ended as \(response.status.rawValue)")
    }

    // MARK: Cases

    private func plain() async throws -> TrialOutcome {
        var configuration = ResponsesClient.Configuration(url: url)
        configuration.template.model = model
        var request = CreateRequest()
        request.model = model
        request.input = [.userMessage(JSONText("Reply with the single word pong."))]
        request.hasInput = true
        request.store = false
        request.maxOutputTokens = Self.outputTokensMax
        let response = try await ResponsesClient(configuration).create(request)
        if let problem = Self.problem(response) { return problem }
        guard !response.outputText.isEmpty else { return .wrong("no text") }
        return response.usage.map { .right("\($0.inputTokens) tokens in, \($0.outputTokens) out") } ?? .unclear("text, but no usage")
    }

    private func stream(_ transport: ResponsesClient.Transport) async throws -> Seen {
        try await withLine(transport) { line in
            let turn = try await ask(line, "Write one sentence about the sea.", Self.nothing)
            if let problem = Self.problem(turn.response) { return (problem, turn.firstByte) }
            if turn.text.isEmpty { return (.wrong("no text"), turn.firstByte) }
            if turn.text != turn.deltas { return (.wrong("the deltas are not the text"), turn.firstByte) }
            if turn.text.contains("<think>") || turn.text.contains("</think>") {
                return (.wrong("the thinking stands in the text"), turn.firstByte)
            }
            return (.right("\(turn.text.count) characters"), turn.firstByte)
        }
    }

    private func call(_ text: String, choice: String) async throws -> Seen {
        try await withLine { line in
            let turn = try await ask(line, text, #""tools": \#(Self.weather), "tool_choice": \#(choice)"#)
            let isFree = choice == #""auto""#
            guard let call = turn.calls.first else {
                return (isFree ? .unclear("text, no call") : Self.problem(turn.response) ?? .wrong("text, no call"), turn.firstByte)
            }
            return (Self.judge(call) ?? .right("arguments as the schema says"), turn.firstByte)
        }
    }

    /// What is wrong with a call of the tool.
    private static func judge(_ call: Item.ToolCall) -> TrialOutcome? {
        if call.name != "get_weather" { return .wrong("another function than was offered") }
        guard let arguments = try? RawJSON(parsing: call.input.string), arguments.isObject else { return .wrong("arguments that are not an object") }
        return arguments["city"]?.stringValue == nil ? .unclear("arguments that are not of the schema") : nil
    }

    private func twoCalls() async throws -> Seen {
        try await withLine { line in
            let turn = try await ask(
                line, "Use the tool for Paris and for Rome, both at once.", #""tools": \#(Self.weather), "parallel_tool_calls": true"#)
            let calls = turn.calls
            if let wrong = calls.lazy.compactMap(Self.judge).first { return (wrong, turn.firstByte) }
            if Set(calls.map(\.callID)).count < calls.count { return (.wrong("two calls of one id"), turn.firstByte) }
            return (calls.count >= 2 ? .right("\(calls.count) calls") : .unclear("\(calls.count) calls"), turn.firstByte)
        }
    }

    private func toolLoop() async throws -> Seen {
        try await withLine { line in
            let tools = #""tools": \#(Self.weather)"#
            let first = try await ask(line, "Use the tool to find out what the weather is in Paris.", tools)
            guard !first.calls.isEmpty else { return (.unclear("text, no call"), first.firstByte) }
            let outputs = first.calls.map { Item.functionCallOutput(callID: $0.callID, output: JSONText("It is sunny, 21 degrees.")) }
            let second = try await ask(line, outputs, tools)
            if let problem = Self.problem(second.response) { return (problem, second.firstByte) }
            if !second.calls.isEmpty { return (.unclear("it calls again"), second.firstByte) }
            return (second.text.isEmpty ? .wrong("no text") : .right("text"), second.firstByte)
        }
    }

    private func reasoning() async throws -> Seen {
        try await withLine { line in
            let turn = try await ask(line, "Is 3599 a prime number? Answer yes or no.", #""reasoning": {"effort": "low"}"#)
            if turn.text.contains("<think>") || turn.text.contains("</think>") {
                return (.wrong("the thinking stands in the text"), turn.firstByte)
            }
            if let problem = Self.problem(turn.response) { return (problem, turn.firstByte) }
            return (turn.hasReasoning ? .right("apart from the text") : .unclear("none was seen"), turn.firstByte)
        }
    }

    private func noReasoning() async throws -> Seen {
        try await withLine { line in
            let turn = try await ask(line, "Is 3599 a prime number? Answer yes or no.", #""reasoning": {"effort": "none"}"#)
            if let problem = Self.problem(turn.response) { return (problem, turn.firstByte) }
            return (turn.hasReasoning ? .unclear("it thinks all the same") : .right("none was seen"), turn.firstByte)
        }
    }

    private func warmup() async throws -> Seen {
        try await withLine { line in
            // Long enough that every engine's cache takes it: some begin at 1024 tokens.
            let instructions = String(repeating: "You answer questions about ships, briefly and in plain words. ", count: 200)
            let json = #""instructions": "\#(instructions)""#
            let warm = try await line.warmUp(with: [], settings: try Self.settings(json))
            let turn = try await ask(line, "What is a keel?", json)
            if let problem = Self.problem(turn.response) { return (problem, turn.firstByte) }
            let filled = warm?.usage?.inputTokens ?? 0
            guard let usage = turn.response.usage else { return (.unclear("no usage"), turn.firstByte) }
            let seen = "\(filled) tokens prefilled, \(usage.cachedTokens) of \(usage.inputTokens) cached"
            return (usage.cachedTokens > 0 ? .right(seen) : .unclear(seen), turn.firstByte)
        }
    }

    private func structured() async throws -> Seen {
        try await withLine { line in
            let schema = """
                {"type": "object", "properties": {"city": {"type": "string"}, "inhabitants": {"type": "integer"}}, \
                "required": ["city", "inhabitants"], "additionalProperties": false}
                """
            let format = #""text": {"format": {"type": "json_schema", "name": "city", "strict": true, "schema": \#(schema)}}"#
            let turn = try await ask(line, "Describe the capital of France.", format)
            if let problem = Self.problem(turn.response) { return (problem, turn.firstByte) }
            guard let json = try? RawJSON(parsing: turn.text), json.isObject else { return (.wrong("text that is not an object"), turn.firstByte) }
            let isRight = json["city"]?.stringValue != nil && json["inhabitants"]?.intValue != nil
            return (isRight ? .right("an object of the schema") : .wrong("an object of another form"), turn.firstByte)
        }
    }

    private func cancel() async throws -> Seen {
        try await withLine { line in
            let started = ContinuousClock.now
            let long = try await line.respond(to: "Count from 1 to 1000, one number a line.", settings: try Self.settings(Self.nothing))
            var first: Duration?
            var isCancelled = false
            do {
                for try await event in long where !isCancelled && TrialTurn.isContent(event) {
                    first = ContinuousClock.now - started
                    isCancelled = true
                    long.cancel()
                }
            } catch let error as ClientError where error.code == .cancelled {}
            guard isCancelled else { return (.unclear("it said nothing that could be cancelled"), first) }
            let stopped = ContinuousClock.now - started - (first ?? .zero)
            let turn = try await ask(line, "Reply with the single word pong.", Self.nothing)
            if let problem = Self.problem(turn.response) { return (problem, first) }
            return (.right("stopped after \(EngineReport.text(stopped))"), first)
        }
    }

    private func fullContext() async throws -> Seen {
        guard let contextTokens else { return (.untried("the engine does not say how large its context is"), nil) }
        guard contextTokens <= Self.contextTokensMax else { return (.untried("a context of \(contextTokens) tokens is too large to fill"), nil) }
        return try await withLine { line in
            do {
                // A word and its space are a token or more.
                let text = String(repeating: "sea ", count: contextTokens + contextTokens / 4)
                let turn = try await ask(line, text, Self.nothing)
                return (.wrong("it takes \(turn.response.usage?.inputTokens ?? 0) tokens and cuts the rest without a word"), turn.firstByte)
            } catch let error as APIError where error.code == .contextLengthExceeded {
                return (.right("context_length_exceeded"), nil)
            }
        }
    }
}
