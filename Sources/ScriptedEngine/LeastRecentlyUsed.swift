/// A set of keys with a limit, in the order of their use: a list through the slots of an array.
struct LeastRecentlyUsed {
    private struct Slot {
        var key: UInt64
        var newer: Int32
        var older: Int32
    }

    let countMax: Int
    private var slots: [Slot] = []
    private var places: [UInt64: Int32] = [:]
    private var newest: Int32 = -1
    private var oldest: Int32 = -1

    init(countMax: Int) {
        precondition(countMax > 0 && countMax <= Int(Int32.max), "a cache needs room for one key")
        self.countMax = countMax
    }

    var count: Int { slots.count }

    /// Whether the key is here; if so, it is the most recently used now.
    mutating func use(_ key: UInt64) -> Bool {
        guard let place = places[key] else { return false }
        guard place != newest else { return true }
        unlink(place)
        linkAsNewest(place)
        return true
    }

    mutating func insert(_ key: UInt64) {
        if use(key) { return }
        let place: Int32
        if slots.count < countMax {
            place = Int32(slots.count)
            slots.append(Slot(key: key, newer: -1, older: -1))
        } else {
            place = oldest
            unlink(place)
            places[slots[Int(place)].key] = nil
            slots[Int(place)].key = key
        }
        places[key] = place
        linkAsNewest(place)
    }

    private mutating func unlink(_ place: Int32) {
        let slot = slots[Int(place)]
        if slot.newer >= 0 { slots[Int(slot.newer)].older = slot.older } else { newest = slot.older }
        if slot.older >= 0 { slots[Int(slot.older)].newer = slot.newer } else { oldest = slot.newer }
    }

    private mutating func linkAsNewest(_ place: Int32) {
        slots[Int(place)].newer = -1
        slots[Int(place)].older = newest
        if newest >= 0 { slots[Int(newest)].newer = place } else { oldest = place }
        newest = place
    }
}
