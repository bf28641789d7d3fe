import ResponsesAPI

extension Page {
    /// This page of a list.
    ///
    /// An id that the list has twice counts at its last place in the page's order, so that paging comes to an end.
    ///
    /// - Parameter list: oldest first.
    /// - Throws: `.unknownItem` when `after` is not in the list.
    package func select<List: RandomAccessCollection>(
        from list: List, id: (List.Element) -> String, item: (List.Element) -> RawJSON
    ) throws(StoreError) -> ItemPage {
        switch order {
        case .ascending: try first(of: list, id: id, item: item)
        case .descending: try first(of: list.reversed(), id: id, item: item)
        }
    }

    /// This page of a list in the page's order.
    private func first<List: RandomAccessCollection>(
        of list: List, id: (List.Element) -> String, item: (List.Element) -> RawJSON
    ) throws(StoreError) -> ItemPage {
        var rest = list[...]
        if let after {
            guard let found = list.lastIndex(where: { id($0) == after }) else { throw .unknownItem }
            rest = list[list.index(after: found)...]
        }
        let items = rest.prefix(limit)
        return ItemPage(
            items: items.map(item), firstID: items.first.map(id), lastID: items.last.map(id), hasMore: rest.count > limit)
    }
}
