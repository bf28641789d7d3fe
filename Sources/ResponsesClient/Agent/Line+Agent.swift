import ResponsesAPI

/// The agent's loop on a line's main lane.
extension Line {
    /// See `Lane.run(_:tools:options:onEvent:settings:)`.
    public func run(
        _ text: String, tools: [AgentTool], options: AgentOptions = AgentOptions(),
        onEvent: @escaping @Sendable (AgentEvent) async -> Void = { _ in },
        settings: @Sendable (inout CreateRequest) -> Void = { _ in }
    ) async throws -> AgentRun {
        try await main.run(text, tools: tools, options: options, onEvent: onEvent, settings: settings)
    }
}
