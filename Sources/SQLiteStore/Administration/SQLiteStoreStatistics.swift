/// What a store holds, and what that takes.
public struct SQLiteStoreStatistics: Hashable, Sendable {
    public var responses = 0
    /// Deleted ones that others continue. Not among `responses`.
    public var deletedResponses = 0
    public var runningResponses = 0
    public var owners = 0
    public var conversations = 0
    public var conversationItems = 0
    /// Responses of which events are kept.
    public var eventLogs = 0
    /// Texts that responses share.
    public var sharedTexts = 0
    /// In bytes, of the database file.
    public var fileBytes = 0
    /// Of the write-ahead log beside it.
    public var walBytes = 0
    public var pageBytes = 0
    public var freePages = 0
    /// When the oldest and the newest response were made, in Unix time.
    public var oldest: Int?
    public var newest: Int?
    /// How many responses each model made; a response object without a model, or that cannot be read, counts
    /// under "".
    public var models: [String: Int] = [:]

    public init() {}
}
