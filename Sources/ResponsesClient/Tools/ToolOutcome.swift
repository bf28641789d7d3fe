/// The result of a call, as the model reads it.
package struct ToolOutcome: Hashable, Sendable {
    package var text: String
    package var isError: Bool

    package init(text: String, isError: Bool = false) {
        self.text = text
        self.isError = isError
    }

    package static func failure(_ text: String) -> ToolOutcome { ToolOutcome(text: text, isError: true) }

    /// Runs a tool; what it throws becomes the outcome.
    init(of run: () async throws -> String) async {
        do {
            self.init(text: try await run())
        } catch let failure as ToolFailure {
            self = .failure(failure.message)
        } catch is CancellationError where Task.isCancelled {
            self = .failure("The tool was cancelled while it ran. What it had done by then remains.")
        } catch {
            self = .failure("The tool failed: \(ToolFailure.short(error))")
        }
    }
}
