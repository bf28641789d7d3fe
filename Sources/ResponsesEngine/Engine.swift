/// What produces: a model server behind a protocol adapter, or a script.
///
/// An engine never sees a connection, a lane or an event number. It is given a `GenerationRequest` and hands back what
/// the model makes. `EngineConformance` in `ResponsesTesting` is this contract as a test.
public protocol Engine: Sendable {
    /// How this engine writes a conversation down. Engines of equal dialect share what was rendered.
    var dialect: any Dialect { get }

    /// The models this engine answers for, by the name it knows them.
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

/// Where a generation's batches go.
public protocol GenerationSink: Sendable {
    /// Takes a batch. Call it from one place at a time; cheap when called on the loop the generation was started on.
    func send(_ batch: GenerationBatch)

    /// Whether the reader keeps up. False: await `ready()` before the next batch.
    var isReady: Bool { get }

    /// Returns when the reader keeps up, or the generation is cancelled.
    func ready() async
}

/// A model as an engine offers it.
public struct EngineModel: Sendable, Hashable {
    public var id: String
    /// Unix seconds; 0 when the engine does not tell.
    public var created: Int
    public var ownedBy: String
    /// Tokens that fit into the model's context, when the engine tells.
    public var contextTokens: Int?

    public init(id: String, created: Int = 0, ownedBy: String = "engine", contextTokens: Int? = nil) {
        self.id = id
        self.created = created
        self.ownedBy = ownedBy
        self.contextTokens = contextTokens
    }
}

/// What a warmup did.
public enum PrefillResult: Sendable, Hashable {
    /// `tokens` of prefix are now in the cache, `cached` of them were before.
    case filled(tokens: Int, cached: Int)
    /// This engine has no such call; the reason is for logs.
    case unsupported(reason: String)
}
