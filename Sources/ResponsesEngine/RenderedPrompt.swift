/// What a dialect made of a conversation. A value: extending it leaves it as it was, so chains can fork.
public protocol RenderedPrompt: Sendable {
    /// The bytes this prompt holds that its predecessor did not, for the memory budget.
    var addedBytes: Int { get }
}
