import ResponsesAPI
import ResponsesEngine

/// All that the scripted model will say in one generation, decided before the first token.
struct Plan {
    enum Part {
        case reasoning(JSONText)
        case text(JSONText)
        case call(ToolCallHead, input: JSONText)
    }

    private(set) var parts: [Part] = []
    /// The stop string at which the message ends.
    private(set) var stopString: String?
    /// How long the output should take, when a directive says so.
    private var seconds: Double?

    /// The rate that makes the output take the time the script gives it; nil leaves it to the engine's speed.
    var tokensPerSecond: Double? {
        guard let seconds, seconds > 0 else { return nil }
        let tokens = parts.reduce(0) { sum, part in
            switch part {
            case .reasoning(let text), .text(let text), .call(_, let text): sum + Tokens.count(text)
            }
        }
        return Double(max(tokens, 1)) / seconds
    }

    /// - Throws: `EngineError` when the script says so, or demands what the request does not offer.
    init(_ request: GenerationRequest<ScriptedPrompt>, _ fold: ConversationFold) throws(EngineError) {
        let script = fold.script
        if let problem = script?.problem {
            throw EngineError(
                .invalidRequest, "The scripted model cannot read its directive: \(problem).", param: "input")
        }
        if let think = script?.think, !think.isEmpty { parts.append(.reasoning(think)) }
        if try !planCalls(request, fold) { try planAnswer(request, fold) }
    }

    // MARK: Calls

    /// Plans the calls that the script or `tool_choice` wants now; false when it is time for a message.
    private mutating func planCalls(_ request: GenerationRequest<ScriptedPrompt>, _ fold: ConversationFold) throws(EngineError) -> Bool {
        let calls = fold.script?.calls
        let outstanding = max(0, (calls?.count ?? 0) - fold.outputs)
        let isQuestion = fold.outputs == 0 && !fold.question.isEmpty
        // The usual turn wants no call and need not look at the tools.
        if outstanding == 0, request.toolChoice == .auto, !isQuestion || request.tools.isEmpty { return false }
        let offered = try OfferedTools(request.tools, request.toolChoice)
        if outstanding > 0, let calls, let tool = try offered.named(calls.name) {
            let isOneByOne = !calls.isParallel || !request.parallelToolCalls
            for round in fold.outputs..<(isOneByOne ? fold.outputs + 1 : calls.count) {
                // Without arguments a function's calls are all alike, and a schema is searched once.
                if calls.arguments == nil, tool.kind == .function, case .call(_, let input) = parts.last {
                    addCall(tool, input: input, round: round, fold)
                } else {
                    try addCall(tool, arguments: calls.arguments, round: round, fold)
                }
            }
            return true
        }
        if isQuestion, !offered.isForced, let tool = offered.asked(in: fold.question) {
            try addCall(tool, arguments: nil, round: 0, fold)
            return true
        }
        guard offered.isForced, let tool = offered.forced(after: fold.outputs) else { return false }
        try addCall(tool, arguments: calls?.name == tool.name ? calls?.arguments : nil, round: fold.outputs, fold)
        return true
    }

    private mutating func addCall(
        _ tool: OfferedTools.Callable, arguments: String?, round: Int, _ fold: ConversationFold
    ) throws(EngineError) {
        addCall(tool, input: try Self.input(tool, arguments: arguments, round: round), round: round, fold)
    }

    private mutating func addCall(_ tool: OfferedTools.Callable, input: JSONText, round: Int, _ fold: ConversationFold) {
        let id: String? =
            switch fold.script?.callIDs {
            // The hash covers the whole conversation before the call, so ids never repeat in a chain and differ between chains.
            case nil: "call_" + fold.hash.combined(with: UInt64(round)).hex
            case .missing: nil
            case .same: "call_same"
            case .counted: "call_\(callCount)"
            }
        let head = ToolCallHead(kind: tool.kind, name: tool.name, namespace: tool.namespace, callID: id)
        parts.append(.call(head, input: input))
    }

    private var callCount: Int {
        parts.reduce(0) { count, part in if case .call = part { count + 1 } else { count } }
    }

    private static func input(
        _ tool: OfferedTools.Callable, arguments: String?, round: Int
    ) throws(EngineError) -> JSONText {
        if let arguments { return JSONText(DirectiveReader.arguments(arguments, round: round)) }
        guard tool.kind == .function else { return JSONText("scripted input \(round)") }
        guard let parameters = tool.parameters else { return "{}" }
        guard let value = SmallestValue.fitting(parameters, mustBeObject: true) else {
            throw EngineError(
                .invalidRequest,
                "The scripted model finds no value that fits the parameters of '\(tool.name)'. Give arguments in the "
                    + "directive, or a schema of fewer demands.", param: "tools")
        }
        return JSONText(value.text)
    }

    // MARK: The message

    private mutating func planAnswer(_ request: GenerationRequest<ScriptedPrompt>, _ fold: ConversationFold) throws(EngineError) {
        let answer = fold.script?.answer
        if case .slow(let seconds) = answer { self.seconds = seconds }
        var text = try Self.formatted(request.text.format) ?? Self.text(answer, fold)
        if fold.script?.endsAtStops == true { (text, stopString) = Self.cut(text, at: request.stop) }
        if !text.isEmpty { parts.append(.text(text)) }
    }

    /// The text before the first of the stop strings, and which that is.
    private static func cut(_ text: JSONText, at stops: [String]) -> (JSONText, String?) {
        let bytes = Array(text.string.utf8)
        let places = stops.filter { !$0.isEmpty }.compactMap { stop in
            bytes.firstRange(of: Array(stop.utf8)).map { (start: $0.lowerBound, stop: stop) }
        }
        guard let first = places.min(by: { $0.start < $1.start }) else { return (text, nil) }
        return (JSONText(String(decoding: bytes[..<first.start], as: UTF8.self)), first.stop)
    }

    /// What a format demands, whatever the script says; nil for plain text.
    private static func formatted(_ format: TextFormat) throws(EngineError) -> JSONText? {
        switch format {
        case .text: return nil
        case .jsonObject: return "{}"
        case .jsonSchema(let schema):
            guard let value = SmallestValue.fitting(schema.schema) else {
                throw EngineError(
                    .invalidRequest,
                    "The scripted model finds no value that fits the schema '\(schema.name)'. Use one of fewer demands.",
                    param: "text.format.schema")
            }
            return JSONText(value.text)
        }
    }

    /// Steps of `[[slow:S]]`: enough to look like streaming, few enough to follow.
    private static var slowTokensPerSecond: Double { 20 }

    private static func text(_ answer: Script.Answer?, _ fold: ConversationFold) -> JSONText {
        switch answer {
        case .say(let text): return text
        case .tokens(let count): return Tokens.filler(tokens: count)
        case .slow(let seconds): return Tokens.filler(tokens: max(1, Int((seconds * slowTokensPerSecond).rounded())))
        case nil: break
        }
        let hash = fold.hash.short
        if fold.script?.calls != nil {
            let calls = fold.outputs == 1 ? "1 tool call" : "\(fold.outputs) tool calls"
            return JSONText("Done: \(calls) (hash \(hash)). Last output: \(fold.lastWords)")
        }
        let items = fold.items == 1 ? "1 item" : "\(fold.items) items"
        return JSONText("Scripted answer to \(items) (hash \(hash)): \(fold.lastWords)")
    }
}
