import ResponsesAPI
import ResponsesCore
import ResponsesStore
import Synchronization

/// What stored responses take in memory, in the server's book: the store's own bytes, the nodes in front of it, those of conversations that
/// come whole, and the events of what ended a short time ago.
///
/// All have budgets of their own, which are parts of the process's. When they hold the most of a process that is over, events
/// go first, then nodes, which can be made again, then what the store lets go.
final class StoredMemory: MemoryHolder {
    /// Stands for nobody: what is stored is shared out by its own rules (`MemoryStore`, `ChainCache`).
    private static let owner = Owner(rawValue: "stored responses")

    private let book: MemoryBook
    private let store: any ResponseStore
    private let replays: ReplayShelf
    private let account = Mutex<MemoryAccount?>(nil)
    private let caches = Mutex<[ChainCache]>([])
    /// The store's bytes, and those of events, that the account has.
    private let counted = Atomic<Int>(0)

    init(_ book: MemoryBook, _ store: any ResponseStore, _ replays: ReplayShelf) {
        self.book = book
        self.replays = replays
        self.store = store
    }

    /// Opens the account, within which the cache counts; once.
    func open() -> MemoryAccount {
        let account = book.open(for: Self.owner, self)
        self.account.withLock { $0 = account }
        return account
    }

    /// - Parameter caches: in the order in which they give way.
    func holds(_ caches: [ChainCache]) { self.caches.withLock { $0 = caches } }

    /// The store kept something, or let something go.
    func changed() {
        let now = store.memoryBytes + replays.bytes
        // Each change is added once, whichever loop saw it.
        let before = counted.exchange(now, ordering: .relaxed)
        guard now != before, let account = account.withLock({ $0 }) else { return }
        account.add(now - before, for: .stored)
    }

    func giveWay(downTo bytes: Int) {
        guard let account = account.withLock({ $0 }) else { return }
        if account.bytes > bytes, replays.bytes > 0 {
            replays.giveWay(account.bytes - bytes)
            changed()
        }
        for cache in caches.withLock({ $0 }) where account.bytes > bytes { cache.giveWay(account.bytes - bytes) }
        if account.bytes > bytes { store.giveWay(account.bytes - bytes) }
        changed()
        book.gaveWay(account)
    }
}
