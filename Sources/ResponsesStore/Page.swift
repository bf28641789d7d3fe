/// Which part of a list is asked for: `order`, `after`, `before` and `limit` of the query (responses-api 1).
public struct Page: Hashable, Sendable {
    public enum Order: Hashable, Sendable {
        /// Oldest first.
        case ascending
        /// Newest first; what lists do when nothing is said.
        case descending
    }

    public var order: Order
    /// The id of the item behind which the page begins, in the page's order; nil for the beginning.
    public var after: String?
    /// The id of the item before which the page ends, in the page's order; nil for the end. Without `after` it is the page
    /// directly before that item: paging goes back.
    public var before: String?
    /// At most so many items, within `limits`.
    public private(set) var limit: Int

    /// What the wire allows; an answer must not become arbitrarily large.
    public static let limits = 1...100
    /// What lists give when nothing is said.
    public static let limitWhenNotSaid = 20

    /// - Parameter limit: at most so many items; what lies outside of `limits` counts as the nearest limit.
    public init(order: Order = .descending, after: String? = nil, before: String? = nil, limit: Int = Page.limitWhenNotSaid) {
        self.order = order
        self.after = after
        self.before = before
        self.limit = min(max(limit, Self.limits.lowerBound), Self.limits.upperBound)
    }

    /// Whether the page is looked for from its end: it is the one directly before `before`.
    public var goesBack: Bool { before != nil && after == nil }
}
