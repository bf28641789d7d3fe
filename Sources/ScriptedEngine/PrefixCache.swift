import Synchronization

/// Which prefixes of conversations the scripted model has read lately, as the cache of a real engine holds them.
///
/// The least recently used goes first. Shared by all generations; a lock is held for a few look-ups at a time.
final class PrefixCache: Sendable {
    /// 65,536 places take about 3 MB, and 64 chains of a thousand turns fit.
    static let prefixesMax = 65_536

    private let state: Mutex<LeastRecentlyUsed>

    init(prefixesMax: Int = PrefixCache.prefixesMax) {
        state = Mutex(LeastRecentlyUsed(countMax: prefixesMax))
    }

    /// What was found of a prompt.
    struct Found {
        /// Tokens of the longest prefix that is cached, what stands before the conversation included.
        var cachedTokens: Int
        /// The places behind it that are not cached, newest first.
        fileprivate var missed: [UInt64]
    }

    /// What stands before the conversation: instructions and tools.
    struct Root {
        var hash: ContentHash
        var tokens: Int

        func key(_ place: ContentHash) -> UInt64 { hash.combined(with: place.value).value }
    }

    /// Looks for the longest cached prefix, newest place first: a chain that goes on finds it after its newest items.
    func find(_ prompt: ScriptedPrompt, root: Root) -> Found {
        state.withLock { cache in
            var found = Found(cachedTokens: 0, missed: [])
            var next: ScriptedPrompt? = prompt
            while let place = next {
                for boundary in place.boundaries.reversed() {
                    let key = root.key(boundary.hash)
                    if cache.use(key) {
                        found.cachedTokens = root.tokens + boundary.tokens
                        return found
                    }
                    found.missed.append(key)
                }
                next = place.parent
            }
            let key = root.key(ContentHash())
            if cache.use(key) { found.cachedTokens = root.tokens } else { found.missed.append(key) }
            return found
        }
    }

    /// The prompt was read: all its places are cached now.
    func insert(_ found: Found) {
        state.withLock { cache in
            for key in found.missed.reversed() { cache.insert(key) }
        }
    }

    func insert(_ place: ContentHash, root: Root) {
        state.withLock { $0.insert(root.key(place)) }
    }
}

/// A set of keys with a limit, in the order of their use: a list through the slots of an array.
struct LeastRecentlyUsed {
    private struct Slot {
        var key: UInt64
        var newer: Int32
        var older: Int32
    }

    private let countMax: Int
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
