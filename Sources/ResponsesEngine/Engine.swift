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

    /// Counts the tokens of the request's input without generating.
    ///
    /// - Returns: what the usage of a generation would say, or that this engine cannot, and why.
    /// - Throws: `EngineError` as `generate` does.
    func countTokens(_ request: GenerationRequest<Prompt>) async throws(EngineError) -> TokenCount

    /// The engine's life: a child process, kept connections. The server runs it once, beside everything else, and cancels it
    /// after the last turn is over; it then gives back what it holds and returns or throws, soon.
    ///
    /// An engine that has nothing to keep returns at once. The engine is used before it is run, too, such as for `models`.
    /// - Throws: when the engine is lost for good, which ends the server; thrown after the cancellation, only what could not
    ///   be given back.
    func run() async throws
}

extension Engine {
    /// Cannot, unless an engine says otherwise.
    public func countTokens(_ request: GenerationRequest<Prompt>) async throws(EngineError) -> TokenCount {
        .unsupported(reason: "this engine counts tokens only as it generates")
    }

    /// Nothing to keep, unless an engine says otherwise.
    public func run() async throws {}
}
