import ResponsesServer

/// The engine that was chosen, and what a person reads about it.
struct ChosenEngine: Sendable {
    let engines: EnginesByModel
    let description: String
    let models: [String]
}
