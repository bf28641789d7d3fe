import LlamaServer
import ResponsesServer

/// The engine that was chosen, and what a person reads about it.
struct ChosenEngine: Sendable {
    let engines: EnginesByModel
    let description: String
    let models: [String]
    /// Whose model is still to be loaded.
    var processes: [LlamaProcess] = []

    /// Waits until the models are loaded that this server loads itself.
    ///
    /// - Returns: false when one cannot be loaded, or the task is cancelled.
    func isLoaded() async -> Bool {
        for process in processes where await !process.loaded() { return false }
        return !Task.isCancelled
    }
}
