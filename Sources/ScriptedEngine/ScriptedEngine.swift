import ResponsesAPI
public import ResponsesEngine

/// An engine without a model: it does what directives in the newest user message say, the same in every run.
///
/// For tests, demos and benchmarks. Its one model is `scripted`. `[[tools:3 lookup {"key":"k{i}"}]]` calls a tool in each of
/// three turns, `[[say:hello]]` answers `hello`; without a directive the answer depends on every item of the conversation, so
/// that a lost or doubled one shows. A forced `tool_choice` and a JSON format are obeyed with the smallest value that fits.
/// `[[overload]]`, `[[refuse]]`, `[[ratelimit:S]]`, `[[break:T]]`, `[[silence:S]]` and a small context show how a client takes what
/// goes wrong.
///
///     let engine = ScriptedEngine(speed: try ScriptedSpeed(parsing: "prefill=4000,decode=80,ttft=20ms"))
public final class ScriptedEngine: Engine {
    /// The name of its one model.
    public static let model = "scripted"

    private let settings: ScriptedSettings
    private let clock: any Clock<Duration>
    private let cache = PrefixCache()
    private let failures = FailureCount()

    /// - Parameter clock: paces the engine when it has a speed. At the default speed, only `[[slow:S]]` and `[[silence:S]]` use it.
    public init(_ settings: ScriptedSettings, clock: any Clock<Duration> = ContinuousClock()) {
        self.settings = settings
        self.clock = clock
    }

    /// One without a limit of its context.
    public convenience init(speed: ScriptedSpeed = ScriptedSpeed(), clock: any Clock<Duration> = ContinuousClock()) {
        self.init(ScriptedSettings(speed: speed), clock: clock)
    }

    public var dialect: any Dialect<ScriptedPrompt> { ScriptedDialect() }

    public func models() async throws(EngineError) -> [EngineModel] {
        [EngineModel(id: Self.model, ownedBy: "hotline", contextTokens: settings.contextTokens)]
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
        let failure = failures.failure(of: prompt.fold)
        if let error = failure?.atOnce { throw error }
        let reading = try await read(request)
        let writer = OutputWriter(sink: sink)
        let rate = plan.tokensPerSecond ?? settings.speed.decodeTokensPerSecond
        var cursor = OutputCursor(plan, after: prompt.fold, tokensMax: room(after: reading.tokens, asked: request.maxOutputTokens))
        for stop in Stop.all(of: prompt.fold.script, failure) {
            cursor.stopTokens = stop.afterTokens
            try await writer.write(&cursor, tokensPerSecond: rate, clock: clock)
            guard let seconds = stop.silenceSeconds else { throw Script.Failure.brokenOff }
            try await pause(.seconds(seconds))
        }
        cursor.stopTokens = nil
        try await writer.write(&cursor, tokensPerSecond: rate, clock: clock)
        // The model has read what it wrote: a chain that continues from here finds all of it.
        cache.insert(cursor.place, root: reading.root)
        return GenerationResult(
            finish: cursor.finish,
            usage: Usage(
                inputTokens: reading.tokens, cachedTokens: reading.cachedTokens, outputTokens: cursor.outputTokens,
                reasoningTokens: cursor.reasoningTokens),
            stopString: cursor.finish == .stop ? plan.stopString : nil)
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
        // As an engine does that has counted them and reads none.
        if let limit = settings.contextTokens, tokens > limit { throw .tooLong(tokens, limit) }
        var duration = settings.speed.timeToFirstToken
        if let rate = settings.speed.prefillTokensPerSecond { duration += .seconds(Double(tokens - found.cachedTokens) / rate) }
        if duration > .zero { try await pause(duration) }
        if Task.isCancelled { throw .abandoned }
        cache.insert(found)
        return Reading(root: root, tokens: tokens, cachedTokens: found.cachedTokens)
    }

    /// How many tokens may be written: what was asked for, as far as the context has room behind the prompt.
    private func room(after tokens: Int, asked: Int?) -> Int? {
        guard let limit = settings.contextTokens else { return asked }
        return min(asked ?? .max, limit - tokens)
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

    static func tooLong(_ tokens: Int, _ limit: Int) -> EngineError {
        var error = EngineError(
            .contextLengthExceeded,
            "The conversation has \(tokens) tokens with its instructions and tools, and the scripted model's context holds \(limit). "
                + "Shorten it, or give the model a larger context.")
        error.context = ContextOverflow(tokens: tokens, limit: limit)
        return error
    }
}
