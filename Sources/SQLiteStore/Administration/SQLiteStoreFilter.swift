/// Which stored responses are asked for; what is nil, or empty, lets every response through.
public struct SQLiteStoreFilter: Hashable, Sendable {
    /// The model's name, as the response object has it.
    public var model: String?
    /// Pairs that the response's metadata has.
    public var metadata: [String: String] = [:]
    /// `completed`, `in_progress`, `failed` and so on.
    public var status: String?
    /// Made at this time or later, in Unix time.
    public var createdSince: Int?
    /// Made before this time.
    public var createdBefore: Int?

    public init() {}
}
