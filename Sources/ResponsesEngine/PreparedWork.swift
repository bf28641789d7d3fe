/// An engine, and a request in its own dialect.
public struct PreparedWork<Prompt: RenderedPrompt>: EngineWork {
    public let engine: any Engine<Prompt>
    public let request: GenerationRequest<Prompt>

    public init(_ engine: any Engine<Prompt>, _ request: GenerationRequest<Prompt>) {
        self.engine = engine
        self.request = request
    }

    public var model: String { request.model }

    public func generate(into sink: any GenerationSink) async throws(EngineError) -> GenerationResult {
        try await engine.generate(request, into: sink)
    }

    public func prefill() async throws(EngineError) -> PrefillResult { try await engine.prefill(request) }

    public func countTokens() async throws(EngineError) -> TokenCount { try await engine.countTokens(request) }
}
