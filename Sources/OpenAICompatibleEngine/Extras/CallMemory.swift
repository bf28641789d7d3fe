import ResponsesAPI
import Synchronization

/// What goes beside calls, by owner and call id: for clients that send whole conversations and do not know it.
///
/// Within the limits the newest stay. An owner never sees what another's calls had.
final class CallMemory: Sendable {
    private struct Held {
        var extras: [UInt64: CallExtra] = [:]
        /// Keys in the order in which they came, from `first` on.
        var order: [UInt64] = []
        var first = 0
        var bytes = 0
    }

    private struct State {
        var owners: [Owner: Held] = [:]
        /// By their last use, the newest last.
        var order: [Owner] = []
        var bytes = 0
    }

    private let ownerBytesMax: Int
    private let bytesMax: Int
    private let ownersMax: Int
    private let state = Mutex(State())
    /// So that engines which put nothing beside calls pay nothing for it.
    private let isUsed = Atomic(false)

    init(_ limits: OpenAICompatibleLimits) {
        ownerBytesMax = limits.callMemoryOwnerBytesMax
        bytesMax = limits.callMemoryBytesMax
        ownersMax = limits.callMemoryOwnersMax
    }

    /// All that is known of an owner's calls.
    func known(to owner: Owner) -> [UInt64: CallExtra] {
        guard isUsed.load(ordering: .acquiring) else { return [:] }
        return state.withLock { $0.owners[owner]?.extras ?? [:] }
    }

    func keep(_ entries: [ChatTrace.Entry], of owner: Owner) {
        guard !entries.isEmpty else { return }
        isUsed.store(true, ordering: .releasing)
        state.withLock { state in
            state.order.removeAll { $0 == owner }
            state.order.append(owner)
            for entry in entries { Self.keep(entry, of: owner, &state) }
            while state.owners[owner]?.bytes ?? 0 > ownerBytesMax { Self.dropOldest(of: owner, &state) }
            while state.bytes > bytesMax || state.owners.count > ownersMax, let oldest = state.order.first {
                if state.owners.count > ownersMax { Self.drop(oldest, &state) } else { Self.dropOldest(of: oldest, &state) }
            }
        }
    }

    /// What is held, in bytes.
    var bytes: Int { state.withLock { $0.bytes } }

    /// A key in two places, and the object's place.
    private static var entryBytes: Int { 48 }

    private static func keep(_ entry: ChatTrace.Entry, of owner: Owner, _ state: inout State) {
        let bytes = entry.extra.bytes + entryBytes
        guard state.owners[owner]?.extras[entry.key] == nil else { return }
        state.owners[owner, default: Held()].extras[entry.key] = entry.extra
        state.owners[owner]?.order.append(entry.key)
        state.owners[owner]?.bytes += bytes
        state.bytes += bytes
    }

    private static func dropOldest(of owner: Owner, _ state: inout State) {
        guard var held = state.owners.removeValue(forKey: owner) else { return state.order.removeAll { $0 == owner } }
        guard held.first < held.order.count, let extra = held.extras.removeValue(forKey: held.order[held.first]) else {
            state.bytes -= held.bytes
            return state.order.removeAll { $0 == owner }
        }
        held.first += 1
        held.bytes -= extra.bytes + entryBytes
        state.bytes -= extra.bytes + entryBytes
        if held.first > 64, held.first * 2 > held.order.count {
            held.order.removeFirst(held.first)
            held.first = 0
        }
        if held.extras.isEmpty {
            state.bytes -= held.bytes
            state.order.removeAll { $0 == owner }
        } else {
            state.owners[owner] = held
        }
    }

    private static func drop(_ owner: Owner, _ state: inout State) {
        if let held = state.owners.removeValue(forKey: owner) { state.bytes -= held.bytes }
        state.order.removeAll { $0 == owner }
    }
}
