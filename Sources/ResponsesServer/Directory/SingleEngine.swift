import ResponsesAPI
import ResponsesEngine
import Synchronization

/// One engine behind the names clients use.
public final class SingleEngine: EngineDirectory {
    public let engine: any Engine
    /// What the engine is called in the log.
    public let id: EngineID
    /// Our names for the engine's models.
    private let aliases: [String: String]
    /// Whether names nobody declared go to the engine as they are: model servers judge them themselves.
    private let passesUnknownNames: Bool
    private let known: Mutex<[String]>

    /// - Parameters:
    ///   - id: for the log, such as `vLLM`; it must hold no key.
    ///   - aliases: names for the engine's models, each with the engine's own.
    ///   - passesUnknownNames: whether names that nobody declared go to the engine as they are.
    public init(
        engine: any Engine, id: EngineID = "engine", aliases: [String: String] = [:], passesUnknownNames: Bool,
        knownModels: [String] = []
    ) {
        self.id = id
        self.engine = engine
        self.aliases = aliases
        self.passesUnknownNames = passesUnknownNames
        known = Mutex(knownModels)
    }

    public func place(_ request: PlacementRequest) -> PlacementAnswer {
        if let model = aliases[request.model] { return .placed(Placement(engine: engine, id: id, model: model)) }
        guard passesUnknownNames || known.withLock({ $0.contains(request.model) }) else {
            return .refused(.modelNotFound(request.model, offered: offered))
        }
        return .placed(Placement(engine: engine, id: id, model: request.model))
    }

    /// With one engine there is nothing to choose by.
    public func ended(_ placement: Placement, _ outcome: PlacementOutcome) {}

    public var engineIDs: [EngineID] { [id] }

    public func run() async throws { try await engine.run() }

    /// One model, whatever it is called.
    public var onlyModel: String? {
        let known = known.withLock { $0 }
        guard known.count <= 1, Set(aliases.values).union(known).count == 1 else { return nil }
        return known.first ?? aliases.keys.min()
    }

    /// Names for the error of a client that asked for another.
    var offered: [String] { aliases.keys.sorted() + known.withLock { $0 } }

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
