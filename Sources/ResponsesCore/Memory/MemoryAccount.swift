import Synchronization

/// Counts the bytes that are held for a connection, an owner or the process.
///
/// Accounts nest: what a connection holds is in its owner's account, and that in the process's (`MemoryBook`). Chains are
/// shared between lanes, forks and the store, so each node counts itself when it is made and when it is freed; every other
/// holder says how much it holds now.
public final class MemoryAccount: Sendable {
    private let total = Atomic<Int>(0)
    private let uses = Uses()
    let outer: MemoryAccount?
    private let disposal: any Disposal

    public init(within outer: MemoryAccount? = nil, disposal: (any Disposal)? = nil) {
        self.outer = outer
        self.disposal = disposal ?? outer?.disposal ?? ImmediateDisposal()
    }

    /// Bytes held now.
    public var bytes: Int { total.load(ordering: .relaxed) }

    /// Bytes held now for one use.
    public func bytes(for use: MemoryUse) -> Int { uses[use].load(ordering: .relaxed) }

    package func add(_ bytes: Int, for use: MemoryUse) {
        addHere(bytes, for: use)
        if let outer { return outer.add(bytes, for: use) }
        if bytes <= -Self.releasedBytesMin { disposal.released(bytes: -bytes) }
    }

    package func subtract(_ bytes: Int, for use: MemoryUse) { add(-bytes, for: use) }

    /// Says how much is held for a use by its only holder, who calls from one place at a time.
    package func set(_ bytes: Int, for use: MemoryUse) {
        let change = bytes - self.bytes(for: use)
        if change != 0 { add(change, for: use) }
    }

    /// Says how much of what others hold as well, and count in the outer accounts once, is held here too.
    package func setShared(_ bytes: Int, for use: MemoryUse) {
        let change = bytes - self.bytes(for: use)
        if change != 0 { addHere(change, for: use) }
    }

    /// What is less stays with the allocator, who has use for it.
    private static let releasedBytesMin = 16 << 10

    private func addHere(_ bytes: Int, for use: MemoryUse) {
        total.wrappingAdd(bytes, ordering: .relaxed)
        uses[use].wrappingAdd(bytes, ordering: .relaxed)
    }

    /// Frees what takes long to free somewhere else.
    func dispose(of large: consuming some Sendable) { disposal.dispose(of: large) }

    private struct Uses: ~Copyable {
        private let connections = Atomic<Int>(0)
        private let receiving = Atomic<Int>(0)
        private let waiting = Atomic<Int>(0)
        private let requests = Atomic<Int>(0)
        private let tools = Atomic<Int>(0)
        private let answers = Atomic<Int>(0)
        private let unsent = Atomic<Int>(0)
        private let events = Atomic<Int>(0)
        private let chains = Atomic<Int>(0)
        private let stored = Atomic<Int>(0)

        subscript(use: MemoryUse) -> Atomic<Int> {
            _read {
                switch use {
                case .connections: yield connections
                case .receiving: yield receiving
                case .waiting: yield waiting
                case .requests: yield requests
                case .tools: yield tools
                case .answers: yield answers
                case .unsent: yield unsent
                case .events: yield events
                case .chains: yield chains
                case .stored: yield stored
                }
            }
        }
    }
}
