/// What a look through a whole store found.
public struct SQLiteStoreCheck: Hashable, Sendable {
    /// A sentence each; none of a store that is whole.
    public var problems: [String] = []
    /// Whether problems above the limit were left out.
    public var hasMoreProblems = false
    public var responses = 0
    /// Responses whose parent was not there when they were saved, which is allowed: they are read, but not continued.
    public var responsesWithoutParent = 0
    public var conversations = 0

    public var isWhole: Bool { problems.isEmpty }

    public init() {}
}
