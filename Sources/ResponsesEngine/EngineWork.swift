/// One turn's work for an engine, whatever the engine's type of prompt: what runs it need not know.
public protocol EngineWork: Sendable {
    /// The engine's name of the model.
    var model: String { get }

    /// As `Engine.generate`.
    func generate(into sink: any GenerationSink) async throws(EngineError) -> GenerationResult

    /// As `Engine.prefill`.
    func prefill() async throws(EngineError) -> PrefillResult

    /// As `Engine.countTokens`.
    func countTokens() async throws(EngineError) -> TokenCount
}
