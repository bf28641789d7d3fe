/// What produces: a model server behind a protocol adapter, or a script.
///
/// An engine never sees a connection, a lane or an event number. It is given a `GenerationRequest` and hands back what
/// the model makes. `EngineConformance` in `ResponsesTesting` is this contract as a test.
public protocol Engine<Prompt>: Sendable {
    /// What its dialect makes of a conversation, and its requests hold.
    associatedtype Prompt: RenderedPrompt

    /// How this engine writes a conversation down. Engines of equal dialect share what was rendered.
    var dialect: any Dialect<Prompt> { get }

    /// The models this engine serves, by the names it knows them by.
    ///
    /// - Throws: `EngineError` when the engine cannot be reached.
    func models() async throws(EngineError) -> [EngineModel]

    /// Runs the model once and hands what it makes to `sink`, in order.
    ///
    /// Contract: no batch comes after the function returned or threw. Await `sink.ready()` between batches: it holds the
    /// engine back while the reader is slow. When the task is cancelled nobody listens any more: stop the model at once
    /// and return or throw.
    /// - Returns: why the model stopped, and the final counts.
    /// - Throws: `EngineError`, whether before the first batch or in mid-stream.
    func generate(
        _ request: GenerationRequest<Prompt>, into sink: any GenerationSink
    ) async throws(EngineError) -> GenerationResult

    /// Brings the request's prefix into the engine's cache without generating.
    ///
    /// - Returns: how many tokens the prefix has and how many were cached already, or that this engine cannot, and why.
    /// - Throws: `EngineError` as `generate` does.
    func prefill(_ request: GenerationRequest<Prompt>) async throws(EngineError) -> PrefillResult
}
