import ResponsesAPI
import Synchronization

/// The sets of tools in use: clients send the same tools with every turn, and on many connections, and these turns are given
/// one `KeptTools`, which is read and rendered once.
///
/// A set is here while a connection keeps it. Those of stored turns stay a while longer, for clients that make a
/// connection for each turn; of `store: false` nothing outlives its connections, but for the tools of Codex's threads, which it
/// compacts on another connection (`tools(of:thread:)`). Owners share nothing.
public final class ToolShelf: Sendable {
    private let bytesMax: Int
    private let state = Mutex(State())

    private struct Key: Hashable {
        var owner: Owner
        var length: Int
        /// Some of the bytes: enough to tell sets apart, so that finding one costs the same for all sizes.
        var sample: UInt64

        init(_ json: UnsafeBufferPointer<UInt8>, of owner: Owner) {
            self.owner = owner
            length = json.count
            var sample: UInt64 = 14_695_981_039_346_656_037
            for index in stride(from: 0, to: json.count, by: max(1, json.count / 64)) {
                sample = (sample ^ UInt64(json[index])) &* 1_099_511_628_211
            }
            self.sample = sample
        }
    }

    /// So many sets of one key are here; further ones are their connections' alone. Everybody waits while they are compared,
    /// and whoever knows which bytes are looked at can make thousands.
    private static var sameKeyMax: Int { 8 }

    private struct Thread: Hashable {
        var owner: Owner
        /// As the client names it.
        var name: String
    }

    private struct Place {
        weak var tools: KeptTools?
    }

    private struct State {
        var places: [Key: [Place]] = [:]
        /// How many keys there may be before those whose sets are gone are looked for.
        var sweepAt = 64
        /// Of stored turns, the last used last.
        var recent: [KeptTools] = []
        /// A search goes through them.
        private static let recentMax = 64
        /// The tools of clients' threads, and when they were last used.
        var threads: [Thread: (tools: KeptTools, at: UInt64)] = [:]
        private var uses: UInt64 = 0
        /// More than a machine's engines have chains in their caches.
        private static let threadsMax = 256
        /// Of them, as many as one owner may have: one that names thousands takes no other's place.
        private static let threadsOfOwnerMax = 64

        mutating func use(_ kept: KeptTools, by thread: Thread, bytesMax: Int, _ dropped: inout [KeptTools]) {
            uses += 1
            let before = threads.updateValue((kept, uses), forKey: thread)?.tools
            // Nothing was added: so it is with most turns of a thread.
            if before === kept { return }
            if let before { dropped.append(before) }
            let own = threads.filter { $0.key.owner == thread.owner }
            if own.count > Self.threadsOfOwnerMax, let oldest = own.min(by: { $0.value.at < $1.value.at }) {
                dropped.append(oldest.value.tools)
                threads[oldest.key] = nil
            }
            // Threads of one agent mostly have the same set.
            func bytes() -> Int {
                var seen: Set<ObjectIdentifier> = []
                return threads.values.reduce(0) { seen.insert(ObjectIdentifier($1.tools)).inserted ? $0 + $1.tools.tools.byteCount : $0 }
            }
            while threads.count > Self.threadsMax || bytes() > bytesMax, let oldest = threads.min(by: { $0.value.at < $1.value.at }) {
                dropped.append(oldest.value.tools)
                threads[oldest.key] = nil
            }
        }

        mutating func sweepIfLarge() {
            guard places.count > sweepAt else { return }
            places = places.filter { $0.value.contains { $0.tools != nil } }
            sweepAt = 2 * places.count + 64
        }

        /// What has to go for it is added to `dropped`.
        mutating func use(_ kept: KeptTools, bytesMax: Int, _ dropped: inout [KeptTools]) {
            if let last = recent.last, last === kept { return }
            recent.removeAll { $0 === kept }
            recent.append(kept)
            var sum = recent.reduce(0) { $0 + $1.tools.byteCount }
            while sum > bytesMax || recent.count > Self.recentMax, let first = recent.first {
                sum -= first.tools.byteCount
                dropped.append(first)
                recent.removeFirst()
            }
        }
    }

    /// - Parameter bytesMax: what stays of stored turns that no connection keeps.
    public init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// The set of an owner with these bytes.
    func find(_ json: UnsafeBufferPointer<UInt8>, of owner: Owner) -> KeptTools? {
        let key = Key(json, of: owner)
        return state.withLock { state in
            state.places[key]?.lazy.compactMap(\.tools).first { $0.tools.json.isEqual(to: json) }
        }
    }

    /// Keeps a set for as long as somebody holds what is returned, and for a while when a turn with it is stored.
    func keep(_ tools: ToolSet, of owner: Owner, in account: MemoryAccount, isStored: Bool) -> KeptTools {
        let key = tools.json.bytes.withUnsafeBufferPointer { Key($0, of: owner) }
        var dropped: [KeptTools] = []
        let kept = state.withLock { state in
            let same = state.places[key]?.lazy.compactMap(\.tools).first { $0.tools.json.bytes == tools.json.bytes }
            let kept = same ?? KeptTools(tools, in: account)
            if same == nil {
                state.places[key, default: []].removeAll { $0.tools == nil }
                guard state.places[key, default: []].count < Self.sameKeyMax else { return kept }
                state.places[key, default: []].append(Place(tools: kept))
                state.sweepIfLarge()
            }
            if isStored { state.use(kept, bytesMax: bytesMax, &dropped) }
            return kept
        }
        // Freed outside the lock.
        _ = consume dropped
        return kept
    }

    // MARK: Threads

    /// Codex's are UUIDs.
    private static var threadNameBytesMax: Int { 128 }

    /// Keeps the tools that a client's thread has now.
    ///
    /// - Parameter thread: the client's name for it, such as its `prompt_cache_key`. Longer ones than any client has are not kept.
    /// - Parameter account: counts them for as long as they are here.
    func remember(_ tools: ToolSet, of owner: Owner, thread name: String, in account: MemoryAccount) {
        guard name.utf8.count <= Self.threadNameBytesMax else { return }
        let thread = Thread(owner: owner, name: name)
        let known = state.withLock { $0.threads[thread]?.tools }
        let isSame = known.map { $0.tools === tools || $0.tools.json.bytes == tools.json.bytes } ?? false
        let kept = isSame ? known : keep(tools, of: owner, in: account, isStored: false)
        guard let kept else { return }
        var dropped: [KeptTools] = []
        state.withLock { $0.use(kept, by: thread, bytesMax: bytesMax, &dropped) }
        _ = consume dropped
    }

    /// The tools that a client's thread had last; nil when they are not known any more.
    func tools(of owner: Owner, thread name: String) -> ToolSet? {
        state.withLock { $0.threads[Thread(owner: owner, name: name)]?.tools.tools }
    }
}
