/// The name under which thoughts are sent in Chat Completions: one, as there are clients that fail at two (chat-completions 6.2).
public enum ChatReasoningField: String, Sendable, CaseIterable {
    /// What most clients read.
    case reasoningContent = "reasoning_content"
    case reasoning
}
