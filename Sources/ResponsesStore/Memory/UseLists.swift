/// Places in the order of their last use, in several lists that are linked through one array: renewing a place moves it, so
/// the lists are never longer than there are places, however often they are used. A place is in one list at most.
package struct UseLists {
    /// One of the lists; its holder keeps it, and gives it to every call that changes it.
    package struct List {
        fileprivate var first: Int32 = -1
        fileprivate var last: Int32 = -1

        package init() {}

        package var oldest: Int? { first < 0 ? nil : Int(first) }
        package var newest: Int? { last < 0 ? nil : Int(last) }
        package var isEmpty: Bool { first < 0 }
    }

    /// Eight bytes, as there is one for every place: -1 stands for an end.
    private struct Link {
        var older: Int32
        var newer: Int32

        static let unlisted = Link(older: -2, newer: -2)
    }

    private var links: [Link] = []
    /// Places in all lists.
    package private(set) var count = 0

    package init() {}

    package func contains(_ place: Int) -> Bool { links.indices.contains(place) && links[place].older != Link.unlisted.older }

    /// Puts a place at the newest end, from wherever it is in this list, or from outside of all.
    package mutating func renew(_ place: Int, in list: inout List) {
        if list.newest == place { return }
        remove(place, from: &list)
        reserve(place)
        links[place] = Link(older: list.last, newer: -1)
        if list.last >= 0 { links[Int(list.last)].newer = Int32(place) } else { list.first = Int32(place) }
        list.last = Int32(place)
        count += 1
    }

    /// Puts a place that is in no list at the oldest end.
    package mutating func addOldest(_ place: Int, to list: inout List) {
        precondition(!contains(place), "Place \(place) is listed already.")
        reserve(place)
        links[place] = Link(older: -1, newer: list.first)
        if list.first >= 0 { links[Int(list.first)].older = Int32(place) } else { list.last = Int32(place) }
        list.first = Int32(place)
        count += 1
    }

    /// Takes a place out of its list, if it is in one.
    package mutating func remove(_ place: Int, from list: inout List) {
        guard contains(place) else { return }
        let link = links[place]
        if link.older >= 0 { links[Int(link.older)].newer = link.newer } else { list.first = link.newer }
        if link.newer >= 0 { links[Int(link.newer)].older = link.older } else { list.last = link.older }
        links[place] = .unlisted
        count -= 1
    }

    private mutating func reserve(_ place: Int) {
        while links.count <= place { links.append(.unlisted) }
    }
}
