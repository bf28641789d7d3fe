import ResponsesAPI
import ResponsesEngine

/// A turn's conversation in its engine's dialect, and the work that the engine is to do on it.
struct RenderedTurn: Sendable {
    /// The conversation up to and including the turn's input.
    let rendering: any Rendering
    /// Bytes the turn added to what its parent holds.
    let addedBytes: Int
    let work: any EngineWork
}

extension Engine {
    /// Writes a turn's conversation down for this engine.
    ///
    /// Costs what the turn adds: the parent's prompt is extended, its items are not read. Only a chain that moves to an
    /// engine of another dialect, or was read from the store, is rendered again, once.
    ///
    /// - Parameters:
    ///   - model: the engine's name of the model.
    ///   - items: the turn's new items.
    ///   - trace: what the chain's last turn on this engine returned.
    ///   - owner: whose turn it is.
    ///   - isHeard: whether the client hears signs of life.
    /// - Returns: nil when the chain has to be rendered and is not whole.
    func render(
        _ request: CreateRequest, model: String, _ items: [Item], after parent: ChainNode?, trace: (any EngineTrace)?,
        owner: Owner, isHeard: Bool
    ) throws(APIError) -> RenderedTurn? {
        let dialect = self.dialect
        let before = try parent?.rendering(in: dialect)
        if parent != nil, before == nil { return nil }
        let prompt = try dialect.extend(before?.prompt, with: items)
        var generation = GenerationRequest(request, model: model, prompt: prompt)
        generation.trace = trace
        generation.owner = owner
        generation.isHeard = isHeard
        return RenderedTurn(
            rendering: DialectRendering(dialect, prompt), addedBytes: prompt.addedBytes, work: PreparedWork(self, generation))
    }
}
