import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import Synchronization

/// One engine behind the names clients use.
public final class SingleEngine: EngineDirectory {
    public let engine: any Engine
    /// What the engine is called in the log.
    public let name: String
    /// Our names for the engine's models.
    private let aliases: [String: String]
    /// Whether names nobody declared go to the engine as they are: model servers judge them themselves.
    private let passesUnknownNames: Bool
    private let known: Mutex<[String]>

    /// - Parameters:
    ///   - name: for the log, such as `vLLM`; it must hold no key.
    ///   - aliases: names for the engine's models, each with the engine's own.
    ///   - passesUnknownNames: whether names that nobody declared go to the engine as they are.
    public init(
        engine: any Engine, name: String = "engine", aliases: [String: String] = [:], passesUnknownNames: Bool,
        knownModels: [String] = []
    ) {
        self.name = name
        self.engine = engine
        self.aliases = aliases
        self.passesUnknownNames = passesUnknownNames
        known = Mutex(knownModels)
    }

    public func route(model: String) -> Route? {
        if let name = aliases[model] { return Route(engine: engine, name: self.name, model: name) }
        guard passesUnknownNames || known.withLock({ $0.contains(model) }) else { return nil }
        return Route(engine: engine, name: name, model: model)
    }

    public var offered: [String] { aliases.keys.sorted() + known.withLock { $0 } }

    /// The models under our names first, then the engine's own.
    public func models() async throws(EngineError) -> [EngineModel] {
        let models = try await engine.models()
        known.withLock { $0 = models.map(\.id) }
        let named = aliases.keys.sorted().map { name in
            var model = models.first { $0.id == aliases[name] } ?? EngineModel(id: name)
            model.id = name
            return model
        }
        return named + models.filter { aliases[$0.id] == nil }
    }
}
