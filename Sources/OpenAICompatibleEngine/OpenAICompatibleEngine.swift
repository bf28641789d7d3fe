public import Logging
public import NIOCore
import ResponsesAPI
public import ResponsesEngine

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
        /// Sent as a bearer token.
        public var key: String?
        public var settings = ChatCompletionsForm.local
        public var limits = OpenAICompatibleLimits()

        public init(address: EngineAddress, key: String? = nil) {
            self.address = address
            self.key = key
        }
    }

    private let configuration: Configuration
    private let transport: EngineTransport
    private let chatDialect: ChatDialect

    /// Makes an engine that works on the loops of `eventLoopGroup`; end it with `shutdown()`, or by cancelling `run()`.
    ///
    /// - Throws: when the address cannot be made a request of.
    public init(_ configuration: Configuration, eventLoopGroup: any EventLoopGroup, logger: Logger) throws {
        self.configuration = configuration
        transport = try EngineTransport(
            configuration.address, key: configuration.key, group: eventLoopGroup, limits: configuration.limits,
            logger: logger)
        chatDialect = ChatDialect(reasoningField: configuration.settings.reasoningField)
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

    /// Chat Completions has no call for it.
    public func countTokens(_ request: GenerationRequest<ChatPrompt>) async throws(EngineError) -> TokenCount {
        .unsupported(reason: "Chat Completions has no call that counts tokens")
    }

    public var address: EngineAddress { configuration.address }

    public var dialect: any Dialect<ChatPrompt> { chatDialect }

    public func models() async throws(EngineError) -> [EngineModel] {
        guard let models = ModelList.read(try await transport.models()) else {
            throw EngineError(
                .unavailable, "The engine's address answers, but not with a list of models. Check the engine's base URL.")
        }
        // An id is used as it is, so a model whose id holds a secret cannot be shown.
        return models.compactMap { model in
            guard !transport.spellings.occur(in: model.id) else { return nil }
            var model = model
            if transport.spellings.occur(in: model.ownedBy) { model.ownedBy = ModelList.unknownOwner }
            return model
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
        let usage = try await run(request, .prefill, into: DiscardingSink()).usage
        return .filled(tokens: usage.inputTokens, cached: usage.cachedTokens)
    }

    private func run(
        _ request: GenerationRequest<ChatPrompt>, _ purpose: ChatRequestBody.Purpose, into sink: any GenerationSink
    ) async throws(EngineError) -> GenerationResult {
        let settings = configuration.settings
        let limits = configuration.limits
        let isHeavy = request.bytesToRender > limits.loopBytesMax
        return try await transport.run(into: sink, isHeavy: isHeavy) { () throws(EngineError) in
            var tools = try ToolSelection(request, catalog: .of(request.tools))
            tools.calls.secrets = transport.spellings
            let body = try ChatRequestBody(request, purpose: purpose, tools: tools, settings: settings)
            var options = ChatChunkReader.Options(calls: tools.calls)
            options.partsThinkTags = settings.partsThinkTags
            options.wantsLogprobs = request.topLogprobs != nil && purpose == .generation
            options.promptBytes = body.length
            options.callsMax = limits.callsMax
            options.heldBytesMax = limits.eventBytesMax
            let chunks = ChatChunkReader(options)
            return (body, chunks)
        }
    }
}

/// Where a prefill's one token goes.
private struct DiscardingSink: GenerationSink {
    func send(_ batch: GenerationBatch) {}
    var isReady: Bool { true }
    func ready() async {}
}
