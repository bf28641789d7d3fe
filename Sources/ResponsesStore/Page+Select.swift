import ResponsesAPI

extension Page {
    /// This page of a list.
    ///
    /// Of an id that the list has twice, `after` means its last place in the page's order and `before` its first, so that paging
    /// comes to an end. Where `before` does not stand behind `after`, nothing stands between them.
    ///
    /// - Parameter list: oldest first.
    /// - Throws: `.unknownItem` when `after` or `before` is not in the list.
    package func select<List: RandomAccessCollection>(
        from list: List, id: (List.Element) -> String, item: (List.Element) -> RawJSON
    ) throws(StoreError) -> ItemPage {
        switch order {
        case .ascending: try part(of: list, id: id, item: item)
        case .descending: try part(of: list.reversed(), id: id, item: item)
        }
    }

    /// This page of a list in the page's order.
    private func part<List: RandomAccessCollection>(
        of list: List, id: (List.Element) -> String, item: (List.Element) -> RawJSON
    ) throws(StoreError) -> ItemPage {
        var rest = list[...]
        if let after {
            guard let found = list.lastIndex(where: { id($0) == after }) else { throw .unknownItem }
            rest = list[list.index(after: found)...]
        }
        if let before {
            guard let found = list.firstIndex(where: { id($0) == before }) else { throw .unknownItem }
            rest = found > rest.startIndex ? rest[..<found] : rest.prefix(0)
        }
        let items = goesBack ? rest.suffix(limit) : rest.prefix(limit)
        return ItemPage(
            items: items.map(item), firstID: items.first.map(id), lastID: items.last.map(id), hasMore: rest.count > limit)
    }
}
