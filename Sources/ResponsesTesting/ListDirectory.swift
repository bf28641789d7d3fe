import ResponsesAPI
import ResponsesCore
import ResponsesEngine

/// A directory of engines that only write down: whoever drives the connection plays them.
public struct ListDirectory: EngineDirectory {
    private let dialects: [String: ListDialect]
    public let offered: [String]

    /// - Parameter models: the names of models, each with the name of its dialect.
    public init(_ models: [String: String] = ["list": "list"]) {
        dialects = models.mapValues { ListDialect(name: $0) }
        offered = models.keys.sorted()
    }

    public func route(model: String) -> Route? {
        dialects[model].map { Route(engine: ListEngine($0), model: model) }
    }
}

/// The engine behind `ListDirectory`. Never run: `InMemoryConnection` hands its work to the test.
private struct ListEngine: Engine {
    let dialect: any Dialect
    init(_ dialect: ListDialect) { self.dialect = dialect }

    func models() async throws(EngineError) -> [EngineModel] { [] }
    func generate(_ request: GenerationRequest, into sink: any GenerationSink) async throws(EngineError) {
        throw EngineError(.unavailable, "This engine is answered by hand.")
    }
    func prefill(_ request: GenerationRequest) async throws(EngineError) -> PrefillResult {
        throw EngineError(.unavailable, "This engine is answered by hand.")
    }
}
