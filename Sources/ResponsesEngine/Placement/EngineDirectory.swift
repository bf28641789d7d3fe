/// Which engine works on which turn: one engine, or many with their load and health.
public protocol EngineDirectory: Sendable {
    /// Chooses the engine of a turn, before its prompt is made, as the prompt's dialect is the engine's.
    ///
    /// Called on event loops: it returns at once, with `later` when there is something to wait for.
    func place(_ request: PlacementRequest) -> PlacementAnswer

    /// A turn is done with its placement. Called exactly once for each that was given, on any thread.
    func ended(_ placement: Placement, _ outcome: PlacementOutcome)

    /// The engines behind it.
    var engineIDs: [EngineID] { get }

    /// The life of its engines (`Engine.run`): the server runs it, and cancels it when the last turn is over.
    ///
    /// - Throws: when nothing is left to serve with; the server then ends.
    func run() async throws

    /// The models that clients can ask for, by the names they use.
    ///
    /// - Throws: `EngineError` when no engine can be reached.
    func models() async throws(EngineError) -> [EngineModel]

    /// The model of a turn that names none: the only one there is, by the name clients use. Nil where there are several, or none
    /// is known. Called on event loops.
    var onlyModel: String? { get }
}

extension EngineDirectory {
    /// None, unless a directory says otherwise: every turn names its model.
    public var onlyModel: String? { nil }

    /// Its engines in one word, for the log.
    package var names: String { engineIDs.map(\.rawValue).joined(separator: ", ") }
}
