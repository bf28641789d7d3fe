import ResponsesAPI
public import ResponsesEngine

/// An engine without a model: it does what directives in the newest user message say, the same in every run.
///
/// For tests, demos and benchmarks. Its one model is `scripted`. `[[tools:3 lookup {"key":"k{i}"}]]` calls a tool in each of
/// three turns, `[[say:hello]]` answers `hello`; without a directive the answer depends on every item of the conversation, so
/// that a lost or doubled one shows. A forced `tool_choice` and a JSON format are obeyed with the smallest value that fits.
///
///     let engine = ScriptedEngine(speed: try ScriptedSpeed(parsing: "prefill=4000,decode=80,ttft=20ms"))
public final class ScriptedEngine: Engine {
    /// The name of its one model.
    public static let model = "scripted"

    private let speed: ScriptedSpeed
    private let clock: any Clock<Duration>
    private let cache = PrefixCache()

    /// - Parameter clock: paces the engine when it has a speed. At the default speed, only `[[slow:S]]` uses it.
    public init(speed: ScriptedSpeed = ScriptedSpeed(), clock: any Clock<Duration> = ContinuousClock()) {
        self.speed = speed
        self.clock = clock
    }

    public var dialect: any Dialect<ScriptedPrompt> { ScriptedDialect() }

    public func models() async throws(EngineError) -> [EngineModel] {
        [EngineModel(id: Self.model, ownedBy: "hotline")]
    }

    public func prefill(_ request: GenerationRequest<ScriptedPrompt>) async throws(EngineError) -> PrefillResult {
        let reading = try await read(request)
        return .filled(tokens: reading.tokens, cached: reading.cachedTokens)
    }

    public func countTokens(_ request: GenerationRequest<ScriptedPrompt>) async throws(EngineError) -> TokenCount {
        .counted(Self.root(of: request).tokens + request.prompt.fold.tokens)
    }

    public func generate(
        _ request: GenerationRequest<ScriptedPrompt>, into sink: any GenerationSink
    ) async throws(EngineError) -> GenerationResult {
        let prompt = request.prompt
        // An impossible request fails before any time is spent on it.
        let plan = try Plan(request, prompt.fold)
        let reading = try await read(request)
        let writer = OutputWriter(sink: sink)
        var cursor = OutputCursor(plan, after: prompt.fold, tokensMax: request.maxOutputTokens)
        if let rate = plan.tokensPerSecond ?? speed.decodeTokensPerSecond {
            try await writer.write(&cursor, tokensPerSecond: rate, clock: clock)
        } else {
            try await writer.write(&cursor)
        }
        // The model has read what it wrote: a chain that continues from here finds all of it.
        cache.insert(cursor.place, root: reading.root)
        return GenerationResult(
            finish: cursor.finish,
            usage: Usage(
                inputTokens: reading.tokens, cachedTokens: reading.cachedTokens, outputTokens: cursor.outputTokens,
                reasoningTokens: cursor.reasoningTokens))
    }

    // MARK: Reading

    private struct Reading {
        var root: PrefixCache.Root
        /// Of the whole prompt: instructions, tools and conversation.
        var tokens: Int
        var cachedTokens: Int
    }

    /// Reads the prompt, for as long as that takes at this speed; it is cached then.
    private func read(_ request: GenerationRequest<ScriptedPrompt>) async throws(EngineError) -> Reading {
        let prompt = request.prompt
        let root = Self.root(of: request)
        let found = cache.find(prompt, root: root)
        let tokens = root.tokens + prompt.fold.tokens
        var duration = speed.timeToFirstToken
        if let rate = speed.prefillTokensPerSecond { duration += .seconds(Double(tokens - found.cachedTokens) / rate) }
        if duration > .zero { try await pause(duration) }
        if Task.isCancelled { throw .abandoned }
        cache.insert(found)
        return Reading(root: root, tokens: tokens, cachedTokens: found.cachedTokens)
    }

    private func pause(_ duration: Duration) async throws(EngineError) {
        do { try await clock.sleep(for: duration) } catch { throw .abandoned }
    }

    /// What stands before the conversation. It is hashed in each turn, which costs little at eight bytes at a time.
    private static func root(of request: GenerationRequest<ScriptedPrompt>) -> PrefixCache.Root {
        var hash = ContentHash()
        hash.combine(request.instructions?.escaped ?? [])
        hash.combine(request.tools.json.bytes)
        let toolBytes = request.tools.isEmpty ? 0 : request.tools.json.bytes.count
        return PrefixCache.Root(
            hash: hash, tokens: Tokens.count(request.instructions) + Tokens.count(utf8Bytes: toolBytes))
    }
}

extension EngineError {
    /// The task was cancelled.
    static let abandoned = EngineError(.cancelled, "The generation was cancelled.")
}
