public import ResponsesAPI

/// A part of a list of items: `data`, `first_id`, `last_id` and `has_more` of the wire's list (responses-api 1).
public struct ItemPage: Hashable, Sendable {
    /// In the page's order, each with its id.
    public var items: [RawJSON]
    /// The id of the first item; nil when there is none.
    public var firstID: String?
    /// The id of the last item; nil when there is none.
    public var lastID: String?
    /// Whether there are more items where paging goes on: behind the last one in the page's order, up to `Page.before`; before the
    /// first one for a page that goes back.
    public var hasMore: Bool

    public init(items: [RawJSON] = [], firstID: String? = nil, lastID: String? = nil, hasMore: Bool = false) {
        self.items = items
        self.firstID = firstID
        self.lastID = lastID
        self.hasMore = hasMore
    }
}
