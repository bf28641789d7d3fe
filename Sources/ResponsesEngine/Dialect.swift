import ResponsesAPI

/// How an engine writes a conversation down, as a fold over its items.
///
/// The chain keeps what a dialect made of it, node by node, so that a turn renders only what it adds. The law that makes
/// this right: extending by `a` and then by `b` gives the same prompt, byte for byte, as extending by `a + b`.
public protocol Dialect<Prompt>: Sendable {
    /// What it makes of a conversation.
    associatedtype Prompt: RenderedPrompt

    /// Names the form. Two dialects of one name and one type of prompt make equal prompts.
    var name: String { get }

    /// The prompt of the conversation so far with `items` after it.
    ///
    /// - Parameter prompt: what this dialect made before; nil at the beginning of a chain.
    /// - Throws: `APIError` for an item that cannot be written down, with its path under `input`.
    func extend(_ prompt: Prompt?, with items: [Item]) throws(APIError) -> Prompt

    /// Whether an item is of a type that this dialect cannot write down and leaves out of the prompt. For the log.
    func leavesOut(_ item: Item) -> Bool

    /// Whether a tool is of a type that this dialect's engine is not offered. For the log.
    func leavesOut(_ tool: Tool) -> Bool
}

extension Dialect {
    /// Nothing is left out, unless a dialect says otherwise.
    public func leavesOut(_ item: Item) -> Bool { false }
    public func leavesOut(_ tool: Tool) -> Bool { false }
}
