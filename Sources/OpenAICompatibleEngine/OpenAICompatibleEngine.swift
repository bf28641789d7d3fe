public import Logging
public import NIOCore
import ResponsesAPI
public import ResponsesEngine
import ThreadTools

/// An engine behind Chat Completions: llama.cpp, vLLM, SGLang, Ollama, LM Studio, or a hosted API.
///
///     let configuration = OpenAICompatibleEngine.Configuration(address: try EngineAddress("localhost:8080"))
///     let engine = try OpenAICompatibleEngine(configuration, eventLoopGroup: group, logger: logger)
///     let result = try await engine.generate(request, into: sink)
///     try await engine.shutdown()
///
/// A server that runs the engine's life (`run`) shuts it down by cancelling that.
///
/// Upstream bytes become batches on the event loop that `generate` is called on, when it is one of the group's: run
/// the turn's task on the loop of its client's connection and nothing hops between the two. Called from elsewhere, any
/// loop of the group is used and `sink.send` is called there.
public struct OpenAICompatibleEngine: Engine {
    public struct Configuration: Sendable {
        public var address: EngineAddress
        /// Sent as a bearer token, or in the profile's header.
        public var key: String?
        /// How the engine is spoken to. What a single engine refuses beyond it is learnt.
        public var profile = EngineProfile()
        /// Sent with each request. Their values are secrets: no message and no log line holds them.
        public var headers: [(name: String, value: String)] = []
        public var limits = OpenAICompatibleLimits()

        public init(address: EngineAddress, key: String? = nil) {
            self.address = address
            self.key = key
        }
    }

    /// Behind one reference: the value is copied for each turn.
    private final class Parts: Sendable {
        let configuration: Configuration
        let transport: EngineTransport
        let learning: EngineLearning
        let memory: CallMemory

        init(_ configuration: Configuration, _ transport: EngineTransport, _ learning: EngineLearning, _ memory: CallMemory) {
            (self.configuration, self.transport, self.learning, self.memory) = (configuration, transport, learning, memory)
        }
    }

    private let parts: Parts
    private var configuration: Configuration { parts.configuration }
    private var transport: EngineTransport { parts.transport }
    private var limits: OpenAICompatibleLimits { parts.configuration.limits }
    private var learning: EngineLearning { parts.learning }
    private var memory: CallMemory { parts.memory }

    /// Makes an engine that works on the loops of `eventLoopGroup`; end it with `shutdown()`, or by cancelling `run()`.
    ///
    /// - Throws: when the address cannot be made a request of.
    public init(_ configuration: Configuration, eventLoopGroup: any EventLoopGroup, logger: Logger) throws {
        var configuration = configuration
        configuration.limits = configuration.limits.taking(configuration.profile)
        parts = Parts(
            configuration, try EngineTransport(configuration, group: eventLoopGroup, logger: logger),
            EngineLearning(configuration.profile, engine: configuration.address.base, logger: logger),
            CallMemory(configuration.limits))
    }

    /// Closes the engine's connections, once. Generations that still run fail as `unavailable`.
    public func shutdown() async throws { try await transport.shutdown() }

    /// Keeps the engine's connections until it is cancelled, then closes them.
    public func run() async throws {
        // Nothing is ever sent: the wait ends with the task.
        let (never, sender) = AsyncStream.makeStream(of: Never.self, bufferingPolicy: .bufferingOldest(1))
        for await _ in never {}
        sender.finish()
        try await shutdown()
    }

    /// Asks the endpoints that some engines have for it beside Chat Completions.
    public func countTokens(_ request: GenerationRequest<ChatPrompt>) async throws(EngineError) -> TokenCount {
        let form = learning.adapted(to: request.model)
        guard form.profile.tokenCounting != .none else {
            return .unsupported(reason: "Chat Completions has no call that counts tokens")
        }
        let isHeavy = request.bytesToRender(strict: form.profile.strict) > limits.loopBytesMax
        func make() throws(EngineError) -> [ByteBuffer] { try makeBody(request, .prefill, form).body.buffers }
        let body = isHeavy ? try await BesideLoop.run(make) : try make()
        return try await TokenCounter(transport, configuration.address).count(body, form.profile.tokenCounting)
    }

    /// How this engine is spoken to, but for what was learnt.
    public var profile: EngineProfile { configuration.profile }

    /// What was learnt of it since it was made.
    public var learnt: [LearntField] { learning.learnt }

    public var address: EngineAddress { configuration.address }

    /// The dialect by what is known of the engine now: a conversation that was written down by another is written down anew, once.
    public var dialect: any Dialect<ChatPrompt> { learning.dialect }

    /// The models; none where the engine shows no list of them.
    public func models() async throws(EngineError) -> [EngineModel] { try await listing().models }

    /// What the engine says of its models. An API without such a list is one that works all the same.
    ///
    /// - Throws: `EngineError` when nothing answers, the key is refused, or the model is being loaded.
    public func listing() async throws(EngineError) -> ModelListing {
        let body: [UInt8]
        do throws(EngineError) {
            body = try await transport.models()
        } catch {
            guard let status = error.httpStatus, Self.meansNoList(status, error) else { throw error }
            return .missing("it answers \(status)")
        }
        let listing = ModelList.read(body)
        guard case .list(let models, let isWhole) = listing else { return listing }
        // An id is used as it is, so a model whose id holds a secret cannot be shown.
        let shown = models.compactMap { model -> EngineModel? in
            guard !transport.spellings.occur(in: model.id) else { return nil }
            var model = model
            if transport.spellings.occur(in: model.ownedBy) { model.ownedBy = ModelList.unknownOwner }
            model.efforts = learning.adapted(to: model.id).profile.efforts
            return model
        }
        return .list(await withContexts(shown), isWhole: isWhole)
    }

    /// The models with the contexts that some engines say in a place of their own.
    ///
    /// Where that place does not answer nothing is known more, which is no failure.
    private func withContexts(_ models: [EngineModel]) async -> [EngineModel] {
        guard !models.isEmpty, let source = ContextSource(profile: configuration.profile.name),
            let body = try? await transport.body(of: configuration.address.root + source.path)
        else { return models }
        return source.models(models, by: body)
    }

    /// Whether an answer other than a list comes from an engine whose turns may work: the path is not there, it is not for
    /// this key, or it fails by itself. A wrong key is one in both places; a proxy answers 502 and 504 for an engine that is not there,
    /// and 503 comes from one that loads its model.
    private static func meansNoList(_ status: Int, _ error: EngineError) -> Bool {
        switch status {
        case 401, 407, 502, 503, 504: return false
        // Not for this key, as keys can be for turns alone, unless it speaks of the key itself.
        case 403:
            let words = error.detail?.lowercased() ?? ""
            return words.contains("scope") || !["key", "token", "credential", "authenti"].contains { words.contains($0) }
        case 200..<300, 400..<600: return error.kind != .unauthorized
        default: return false
        }
    }

    public func generate(
        _ request: GenerationRequest<ChatPrompt>, into sink: any GenerationSink
    ) async throws(EngineError) -> GenerationResult {
        try await run(request, .generation, into: sink)
    }

    /// Fills the engine's cache with the request's prefix: asks for one token and throws it away.
    ///
    /// A conversation that does not end with the user or a tool is closed by a blank user message, as a turn of its
    /// kind would be; it costs the few tokens of the template around it, which the next turn does not share.
    public func prefill(_ request: GenerationRequest<ChatPrompt>) async throws(EngineError) -> PrefillResult {
        guard request.hasPrefix else { return .filled(tokens: 0, cached: 0) }
        guard learning.adapted(to: request.model).profile.outputLimit != .leftOut else {
            return .unsupported(reason: "this engine takes no limit of output tokens, so it would answer in full")
        }
        let usage = try await run(request, .prefill, into: DiscardingSink()).usage
        return .filled(tokens: usage.inputTokens, cached: usage.cachedTokens)
    }

    private func run(
        _ request: GenerationRequest<ChatPrompt>, _ purpose: ChatRequestBody.Purpose, into sink: any GenerationSink
    ) async throws(EngineError) -> GenerationResult {
        let turn = TurnLearning(
            learning, model: request.model, outputLimit: purpose == .generation ? request.maxOutputTokens : nil,
            textBytes: (request.instructions?.escaped.count ?? 0) + request.tools.json.bytes.count)
        let isHeavy = request.bytesToRender(strict: turn.form.profile.strict) > limits.loopBytesMax
        let result = try await transport.run(
            into: sink, isHeavy: isHeavy, isHeard: request.isHeard, learns: { turn.learns(from: $0, status: $1, request, purpose) }
        ) { () throws(EngineError) in try prepare(request, purpose, turn.form, leavesOutLimit: turn.leavesOutLimit) }
        turn.succeeded()
        return keeping(result, of: request)
    }

    /// A request, and how its answer is read.
    @inline(never)  // What it works with would be part of each turn's memory.
    private func prepare(
        _ request: GenerationRequest<ChatPrompt>, _ purpose: ChatRequestBody.Purpose, _ form: AdaptedProfile, leavesOutLimit: Bool
    ) throws(EngineError) -> (ChatRequestBody, ChatChunkReader.Options) {
        if leavesOutLimit, request.maxOutputTokens != nil {
            var request = request
            request.maxOutputTokens = nil
            return try prepare(request, purpose, form, leavesOutLimit: false)
        }
        let (body, calls, requiresCall) = try makeBody(request, purpose, form)
        let profile = form.profile
        var options = ChatChunkReader.Options(calls: calls)
        options.partsThinkTags = profile.thinkTags != .none
        options.isThinkingOpened = profile.thinkTags == .opened
        options.thinkTags = form.thinkTags
        options.wantsLogprobs = request.topLogprobs != nil && purpose == .generation
        options.requiresCall = requiresCall
        options.notesReasoningName = learning.awaitsReasoningName
        options.promptBytes = body.length
        options.callsMax = limits.callsMax
        options.heldBytesMax = limits.eventBytesMax
        return (body, options)
    }

    private func makeBody(
        _ request: GenerationRequest<ChatPrompt>, _ purpose: ChatRequestBody.Purpose, _ form: AdaptedProfile
    ) throws(EngineError) -> (body: ChatRequestBody, calls: CallPolicy, requiresCall: Bool) {
        var tools = try ToolSelection(
            request, catalog: .of(request.tools, strict: form.profile.strict), requiresCalls: form.profile.requiresCalls)
        tools.calls.secrets = transport.spellings
        let marks = request.prompt.marks
        if !marks.isEmpty {
            tools.calls.isTaken = { id in
                let key = CallIDs.key(id)
                return marks.contains { $0.key == key }
            }
        }
        let trace = request.trace as? ChatTrace
        let remembered = memory.known(to: request.owner)
        let extras = trace == nil && remembered.isEmpty ? .none : KnownExtras(trace, remembered: remembered)
        let body = try ChatRequestBody(request, purpose: purpose, tools: tools, form: form, extras: extras)
        return (body, tools.calls, purpose == .generation && tools.json != nil && request.toolChoice.requiresCall)
    }

    /// What the answer brought beside its text and calls is kept with the chain, and for clients without one.
    @inline(never)  // As `prepare`.
    private func keeping(_ result: GenerationResult, of request: GenerationRequest<ChatPrompt>) -> GenerationResult {
        let before = request.trace as? ChatTrace
        var result = result
        guard let extras = result.trace as? AnswerExtras else {
            result.trace = before?.carried
            return result
        }
        if let name = extras.reasoning { learning.saw(name == .reasoning ? .reasoning : .reasoningContent) }
        let last = extras.calls.last?.id
        let entries = extras.calls.compactMap { call -> ChatTrace.Entry? in
            let details = call.id == last ? extras.details : []
            guard !call.members.isEmpty || !details.isEmpty else { return nil }
            return ChatTrace.Entry(key: CallIDs.key(call.id), extra: CallExtra(ofCall: call.members, details: details))
        }
        memory.keep(entries, of: request.owner)
        result.trace = entries.isEmpty ? before?.carried : (before ?? ChatTrace()).adding(entries)
        return result
    }
}

/// Where a prefill's one token goes.
private struct DiscardingSink: GenerationSink {
    func send(_ batch: GenerationBatch) {}
    var isReady: Bool { true }
    func ready() async {}
}
