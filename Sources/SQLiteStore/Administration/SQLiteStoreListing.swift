public import ResponsesAPI

/// A stored response as a list shows it.
public struct SQLiteStoreListing: Hashable, Sendable {
    public var id: ResponseID
    public var owner: Owner
    public var parent: ResponseID?
    /// Unix time in whole seconds.
    public var createdAt: Int
    /// When it was last saved, read or continued.
    public var usedAt: Int
    /// As the response object has it; nil when it has none.
    public var model: String?
    public var status: String?
    /// The client's pairs; `{}` without any.
    public var metadata: RawJSON
    public var inputCount: Int
    public var outputCount: Int
    /// What its row takes, in bytes, without what it shares with others.
    public var bytes: Int
    /// Whether the response cannot be read: then nothing is known of its model, status and metadata. One that is not can be
    /// damaged all the same, in its items.
    public var isDamaged = false
}
