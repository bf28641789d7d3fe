import ResponsesAPI
import ResponsesEngine

/// The checks, in the order in which they run. Each returns nil, or why it could not be made.
extension EngineConformance {
    func checkModels() async throws -> String? {
        let models = try await engine.models()
        try require(!models.isEmpty, "models() is empty.")
        try require(models.contains { $0.id == model }, "models() does not hold '\(model)'.")
        return nil
    }

    /// The law of the fold: in pieces or at once, the prompt is the same; and extending changes no prompt.
    func checkDialect() async throws -> String? {
        let dialect = engine.dialect
        try require(!dialect.name.isEmpty, "The dialect has no name.")
        let items = try Self.conversation()
        let whole = try dialect.extend(nil, with: items)
        for cut in 0...items.count {
            let start = try dialect.extend(nil, with: Array(items[..<cut]))
            let other = try dialect.extend(start, with: [Self.user("Another way to go on.")])
            let pieces = try dialect.extend(start, with: Array(items[cut...]))
            try require(pieces.addedBytes >= 0 && other.addedBytes >= 0, "A prompt has a negative size.")
            try await requireEqual(whole, pieces, "A conversation cut at item \(cut) makes another prompt than at once.")
            if cut == items.count / 2 {
                let again = try dialect.extend(start, with: Array(items[cut...]))
                try await requireEqual(pieces, again, "A prompt extended twice by the same items makes two prompts.")
            }
        }
        var single: Tested.Prompt?
        for item in items { single = try dialect.extend(single, with: [item]) }
        if let single {
            try await requireEqual(whole, single, "Item by item, a conversation makes another prompt than at once.")
        }
        // Clients that send the whole conversation give back what they understood of it.
        try await requireEqual(
            whole, try dialect.extend(nil, with: Self.asMade(items)),
            "A history that comes back as an echo makes another prompt than the chain that made it.")
        if options.promptsAreEqual != nil || options.isDeterministic { return nil }
        return "prompts cannot be compared; set options.promptsAreEqual, or isDeterministic if it is"
    }

    private func requireEqual(
        _ first: Tested.Prompt, _ second: Tested.Prompt, _ sentence: String
    ) async throws {
        if let promptsAreEqual = options.promptsAreEqual { try require(promptsAreEqual(first, second), sentence) }
        guard options.isDeterministic else { return }
        let answers = [
            try await generate(request(first, tokensMax: options.shortTokensMax)),
            try await generate(request(second, tokensMax: options.shortTokensMax)),
        ]
        try require(
            answers[0].text == answers[1].text && answers[0].reasoning == answers[1].reasoning
                && answers[0].calls == answers[1].calls && answers[0].finish == answers[1].finish,
            sentence + " (The answers differ.)")
    }

    func checkGeneration() async throws -> String? {
        let generation = try await generate(request([Self.user("Say hello.")], tokensMax: options.shortTokensMax))
        try require(generation.calls.isEmpty, "The engine called a tool although none was offered.")
        try require(generation.deltas > 0, "The engine answered nothing.")
        try require((generation.usage?.inputTokens ?? 0) > 0, "The usage counts no input.")
        try require((generation.usage?.outputTokens ?? 0) > 0, "The usage counts no output.")
        return nil
    }

    func checkOutputLimit() async throws -> String? {
        let limit = 16
        let generation = try await generate(request([Self.user(options.longMessage)], tokensMax: limit))
        try require(
            (generation.usage?.outputTokens ?? 0) <= limit, "More tokens were put out than max_output_tokens allows.")
        try require(
            generation.finish != .stop || generation.usage?.outputTokens != limit,
            "An answer cut at max_output_tokens finishes with 'stop'.")
        if generation.finish == .stop { return "the answer to options.longMessage is shorter than \(limit) tokens" }
        try require(generation.finish == .length, "An answer cut at max_output_tokens does not finish with 'length'.")
        return nil
    }

    func checkSlowReader() async throws -> String? {
        let tokens = min(options.longTokensMax, 256)
        let generation = try await generate(
            request([Self.user(options.longMessage)], tokensMax: tokens), pace: .afterEachBatch)
        try require(generation.deltas > 0, "The engine answered nothing to a slow reader.")
        return generation.batches > 1 ? nil : "the answer to options.longMessage came in one batch"
    }

    func checkCancellation() async throws -> String? {
        try await cancel(
            try request([Self.user(options.longMessage)], tokensMax: options.longTokensMax), pace: .alwaysReady
        ) { sink in
            await sink.waitForBatches(1)
            return !sink.batches.isEmpty && !sink.isClosed
        }
    }

    /// Cancelled while the reader does not keep up, which is how most clients vanish.
    func checkCancellationWhileHeld() async throws -> String? {
        try await cancel(
            try request([Self.user(options.longMessage)], tokensMax: options.longTokensMax), pace: .manual
        ) { sink in
            await sink.waitUntilAwaited()
        }
    }

    func checkPrefill() async throws -> String? {
        let words = (1...400).map { "word\($0 &* 7919 % 1000)" }.joined(separator: " ")
        let request = try request([Self.user(words)], tokensMax: 16)
        guard case .filled(let tokens, let cached) = try await engine.prefill(request) else {
            guard case .unsupported(let reason) = try await engine.prefill(request) else { return nil }
            try require(!reason.isEmpty, "prefill() is unsupported without a reason.")
            return "unsupported: \(reason)"
        }
        try require(tokens > 0 && (0...tokens).contains(cached), "prefill() reports impossible counts.")
        let generation = try await generate(request)
        try require(
            (generation.usage?.cachedTokens ?? 0) >= tokens / 2,
            "After prefill() of \(tokens) tokens, a generation found only \(generation.usage?.cachedTokens ?? 0) cached.")
        return nil
    }

    // MARK: Tools

    func checkFunctionCall() async throws -> String? {
        try await checkCall(Self.functionTools, .required) { call in
            call.kind == .function && call.name == "lookup" && call.namespace == nil
        }
    }

    func checkCustomCall() async throws -> String? {
        try await checkCall(Self.customTools, .tool(type: "custom", name: "note")) { call in
            call.kind == .custom && call.name == "note"
        }
    }

    func checkNamespaceCall() async throws -> String? {
        try await checkCall(Self.namespaceTools, .required) { call in
            call.kind == .function && call.name == "find" && call.namespace == "desk"
        }
    }

    private func checkCall(
        _ tools: RawJSON, _ choice: ToolChoice, isRight: (ToolCallHead) -> Bool
    ) async throws -> String? {
        guard options.callsTools else { return "the engine is said not to call tools" }
        var request = try request([Self.user("Look up the key 'a'.")], tokensMax: options.callTokensMax)
        request.tools = try ToolSet(tools)
        request.toolChoice = choice
        let generation = try await generate(request)
        if generation.calls.isEmpty, generation.finish == .length { return "the answer was cut before a call began" }
        try require(!generation.calls.isEmpty, "A forced call was not made.")
        for call in generation.calls {
            try require(isRight(call.head), "A call came back in another kind, name or namespace than its tool was offered in.")
            if call.head.kind == .function, generation.finish == .stop {
                try require(
                    (try? RawJSON(parsing: call.input))?.isObject == true, "A function's arguments are not a JSON object.")
            }
        }
        let ids = generation.calls.compactMap(\.head.callID)
        try require(Set(ids).count == ids.count, "Two calls of one generation have the same id.")
        return nil
    }

    func checkNoCall() async throws -> String? {
        guard options.callsTools else { return "the engine is said not to call tools" }
        var request = try request([Self.user("Look up the key 'a'.")], tokensMax: options.shortTokensMax)
        request.tools = try ToolSet(Self.functionTools)
        request.toolChoice = .none
        let generation = try await generate(request)
        try require(generation.calls.isEmpty, "The engine called a tool although tool_choice is 'none'.")
        return nil
    }

    // MARK: Traces, counts, life

    /// A trace that no engine knows.
    private struct ForeignTrace: EngineTrace { var byteCount: Int { 8 } }

    /// What a generation left is accepted by the chain's next turn, and what another engine left is ignored.
    func checkTrace() async throws -> String? {
        let items = [Self.user("Say hello.")]
        let prompt = try engine.dialect.extend(nil, with: items)
        let first = try await run(request(prompt, tokensMax: options.shortTokensMax))
        let answer = try Item(
            #"{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hello."}]}"# as RawJSON)
        let next = try engine.dialect.extend(prompt, with: [answer, Self.user("And again.")])
        if let trace = first.result.trace { try require(trace.byteCount >= 0, "A trace has a negative size.") }
        for (trace, whose) in [(first.result.trace, "its own"), (ForeignTrace(), "a foreign"), (nil, "no")] as [((any EngineTrace)?, String)] {
            var request = request(next, tokensMax: options.shortTokensMax)
            request.trace = trace
            do {
                _ = try await generate(request)
            } catch let error as EngineError {
                throw Violation(sentence: "The engine failed when it was given \(whose) trace: \(error.kind).")
            }
        }
        return nil
    }

    func checkTokenCount() async throws -> String? {
        var request = try request(Self.conversation() + [Self.user("Go on.")], tokensMax: options.shortTokensMax)
        request.instructions = "Be brief."
        if options.callsTools {
            request.tools = try ToolSet(Self.functionTools)
            request.toolChoice = .none
        }
        switch try await engine.countTokens(request) {
        case .unsupported(let reason):
            try require(!reason.isEmpty, "countTokens() is unsupported without a reason.")
            return "unsupported: \(reason)"
        case .counted(let count):
            let used = try await generate(request).usage?.inputTokens ?? 0
            try require(count == used, "countTokens() counts \(count) tokens, a generation \(used).")
            return nil
        }
    }

    /// The engine works while its life runs, and the life ends soon when it is cancelled. Comes last.
    func checkLife() async throws -> String? {
        let engine = engine
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do { try await engine.run() } catch {
                    if !Task.isCancelled { throw Violation(sentence: "run() threw although nobody had cancelled it.") }
                }
            }
            for _ in 0..<16 { await Task.yield() }
            _ = try await generate(try request([Self.user("Say hello.")], tokensMax: options.shortTokensMax))
            try await checkSoon("A cancelled run()", options.clock) {
                group.cancelAll()
                try await group.waitForAll()
            }
        }
        return nil
    }

    // MARK: What is said

    static func user(_ text: String) -> Item { .userMessage(JSONText(text)) }

    /// A bit of everything that items can be for every engine.
    static func conversation() throws(APIError) -> [Item] {
        let items: [RawJSON] = [
            #"{"role":"user","content":"Hello, \"world\"."}"#,
            #"{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hi.\nWhat now?"}]}"#,
            #"{"role":"user","content":[{"type":"input_text","text":"Look up a."},{"type":"input_text","text":"Then b."}]}"#,
            #"{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"Both."}]}"#,
            #"{"type":"function_call","call_id":"call_a","name":"lookup","arguments":"{\"key\":\"a\"}"}"#,
            #"{"type":"function_call","call_id":"call_b","name":"lookup","arguments":"{\"key\":\"b\"}"}"#,
            #"{"type":"function_call_output","call_id":"call_a","output":"1"}"#,
            #"{"type":"function_call_output","call_id":"call_b","output":"zwölf"}"#,
        ]
        var read: [Item] = []
        for item in items { read.append(try Item(item)) }
        return read
    }

    /// A conversation as a chain has it: what the model made with the ids, states and lists that a response writes.
    private static func asMade(_ items: [Item]) throws(APIError) -> [Item] {
        var made: [Item] = []
        for (index, item) in items.enumerated() {
            var json = JSONWriter()
            json.beginObject()
            json.key("id")
            json.value("item_\(index)")
            json.key("status")
            json.value("completed")
            switch item.body {
            case .message(let message) where message.role == .assistant:
                json.key("role")
                json.value("assistant")
                json.key("content")
                json.beginArray()
                for part in message.content { part.write(to: &json) }
                json.endArray()
                json.key("type")
                json.value("message")
            case .call, .reasoning: item.json.forEachMember { name, value in
                json.key(name)
                json.value(value)
            }
            default:
                made.append(item)
                continue
            }
            json.endObject()
            made.append(try Item(RawJSON(validated: json.bytes)))
        }
        return made
    }

    private static var functionTools: RawJSON {
        #"""
        [{"type":"function","name":"lookup","description":"Looks up a key.","parameters":{"type":"object","properties":
        {"key":{"type":"string"}},"required":["key"],"additionalProperties":false},"strict":true}]
        """#
    }

    private static var customTools: RawJSON { #"[{"type":"custom","name":"note","description":"Takes a note."}]"# }

    private static var namespaceTools: RawJSON {
        #"""
        [{"type":"namespace","name":"desk","description":"A desk.","tools":[{"type":"function","name":"find","parameters":
        {"type":"object","properties":{"drawer":{"type":"integer"}},"required":["drawer"],"additionalProperties":false}}]}]
        """#
    }
}
