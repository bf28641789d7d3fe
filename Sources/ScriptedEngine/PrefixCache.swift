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
        /// The places after it that are not cached, newest first.
        fileprivate var missed: [UInt64]
    }

    /// What stands before the conversation: instructions and tools.
    struct Root {
        var hash: ContentHash
        var tokens: Int

        func key(_ place: ContentHash) -> UInt64 { hash.combined(with: place.value).value }
    }

    /// Looks for the longest cached prefix, newest place first: a continued chain finds it after its newest items.
    func find(_ prompt: ScriptedPrompt, root: Root) -> Found {
        state.withLock { cache in
            var found = Found(cachedTokens: 0, missed: [])
            var next: ScriptedPrompt? = prompt
            // Everything else waits meanwhile. More places than the cache has room for would push each other out.
            while let place = next, found.missed.count < cache.countMax {
                for boundary in place.boundaries.reversed() where found.missed.count < cache.countMax {
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
