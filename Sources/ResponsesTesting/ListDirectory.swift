import ResponsesAPI
import ResponsesCore
import ResponsesEngine

/// A directory of engines that only write down: whoever drives the connection plays them.
public struct ListDirectory: EngineDirectory {
    private let dialects: [String: ListDialect]

    /// - Parameter models: the names of models, each with the name of its dialect.
    public init(_ models: [String: String] = ["list": "list"]) {
        dialects = models.mapValues { ListDialect(name: $0) }
    }

    public func place(_ request: PlacementRequest) -> PlacementAnswer {
        guard let dialect = dialects[request.model] else {
            let error = APIError.modelNotFound(request.model, offered: dialects.keys.sorted())
            return .refused(EngineError(.modelNotFound, error.message))
        }
        return .placed(Placement(engine: ListEngine(dialect), model: request.model))
    }

    public var engineIDs: [EngineID] { ["engine"] }

    public func run() async throws {}

    public func ended(_ placement: Placement, _ outcome: PlacementOutcome) {}

    public func models() async throws(EngineError) -> [EngineModel] { dialects.keys.sorted().map { EngineModel(id: $0) } }
}

/// The engine behind `ListDirectory`. Never run: `InMemoryConnection` hands its work to the test.
private struct ListEngine: Engine {
    let dialect: any Dialect<ListPrompt>
    init(_ dialect: ListDialect) { self.dialect = dialect }

    func models() async throws(EngineError) -> [EngineModel] { [] }
    func generate(
        _ request: GenerationRequest<ListPrompt>, into sink: any GenerationSink
    ) async throws(EngineError) -> GenerationResult {
        throw EngineError(.unavailable, "This engine is answered by hand.")
    }
    func prefill(_ request: GenerationRequest<ListPrompt>) async throws(EngineError) -> PrefillResult {
        throw EngineError(.unavailable, "This engine is answered by hand.")
    }
}
