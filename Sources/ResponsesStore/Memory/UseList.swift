/// Places in the order of their last use, as a list linked through an array: renewing a place moves it, so the list is
/// never longer than there are places, however often they are used.
struct UseList {
    private struct Link {
        var older: Int?
        var newer: Int?
        var isListed = false
    }

    private var links: [Link] = []
    private(set) var oldest: Int?
    private(set) var newest: Int?
    private(set) var count = 0

    func contains(_ place: Int) -> Bool { links.indices.contains(place) && links[place].isListed }

    /// Puts a place at the newest end, from wherever it is.
    mutating func renew(_ place: Int) {
        if newest == place { return }
        remove(place)
        reserve(place)
        links[place] = Link(older: newest, newer: nil, isListed: true)
        if let newest { links[newest].newer = place } else { oldest = place }
        newest = place
        count += 1
    }

    /// Puts a place that is not listed at the oldest end.
    mutating func addOldest(_ place: Int) {
        precondition(!contains(place), "Place \(place) is listed already.")
        reserve(place)
        links[place] = Link(older: nil, newer: oldest, isListed: true)
        if let oldest { links[oldest].older = place } else { newest = place }
        oldest = place
        count += 1
    }

    /// Takes a place out, if it is listed.
    mutating func remove(_ place: Int) {
        guard contains(place) else { return }
        let link = links[place]
        if let older = link.older { links[older].newer = link.newer } else { oldest = link.newer }
        if let newer = link.newer { links[newer].older = link.older } else { newest = link.older }
        links[place] = Link()
        count -= 1
    }

    private mutating func reserve(_ place: Int) {
        while links.count <= place { links.append(Link()) }
    }
}
