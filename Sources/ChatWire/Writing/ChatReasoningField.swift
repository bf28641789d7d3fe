/// The name under which thoughts are sent: one, as there are clients that fail at two (chat-completions 6.2).
package enum ChatReasoningField: String, Sendable, CaseIterable {
    /// What most clients read.
    case reasoningContent = "reasoning_content"
    case reasoning
}
