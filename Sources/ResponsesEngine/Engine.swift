/// What produces: a model server behind a protocol adapter, or a script.
///
/// An engine never sees a connection, a lane or an event number. It is given a `GenerationRequest` and hands back what
/// the model makes. `EngineConformance` in `ResponsesTesting` is this contract as a test.
public protocol Engine: Sendable {
    /// How this engine writes a conversation down. Engines of equal dialect share what was rendered.
    var dialect: any Dialect { get }

    /// The models this engine serves, by the names it knows them by.
    ///
    /// - Throws: `EngineError` when the engine cannot be reached.
    func models() async throws(EngineError) -> [EngineModel]

    /// Runs the model once and hands what it makes to `sink`, in order.
    ///
    /// Contract: the batches hold exactly one `finish`, usage at least once, and nothing after the function returned
    /// or threw. Await `sink.ready()` between batches: it holds the engine back while the reader is slow. When the task
    /// is cancelled nobody listens any more: stop the model at once and return or throw.
    /// - Throws: `EngineError`, whether before the first batch or in mid-stream.
    func generate(_ request: GenerationRequest, into sink: any GenerationSink) async throws(EngineError)

    /// Brings the request's prefix into the engine's cache without generating.
    ///
    /// - Returns: how many tokens the prefix has and how many were cached already, or that this engine cannot, and why.
    /// - Throws: `EngineError` as `generate` does.
    func prefill(_ request: GenerationRequest) async throws(EngineError) -> PrefillResult
}
