import ResponsesAPI
import ResponsesStore

extension ItemPage {
    /// A page of what was read for it.
    ///
    /// - Parameter found: in the order in which it was read, which for a page that goes back is from its end; one more than the page
    ///   has when there is more.
    init(found: [(id: String, item: RawJSON)], of page: Page) {
        let hasMore = found.count > page.limit
        let items = page.goesBack ? found.prefix(page.limit).reversed() : Array(found.prefix(page.limit))
        self.init(items: items.map(\.item), firstID: items.first?.id, lastID: items.last?.id, hasMore: hasMore)
    }
}
