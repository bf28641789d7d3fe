import ResponsesClient

/// Where a chat shows what happens.
protocol ChatOutput: Sendable {
    func show(_ event: ChatEvent)
    /// Shows a call in full, before the user is asked about it.
    func present(_ use: ChatEvent.ToolUse)
    /// The answer, when all of it is there.
    ///
    /// - Throws: `ToolFailure` when it could not be written.
    func finish(_ answer: String) throws(ToolFailure)
}
