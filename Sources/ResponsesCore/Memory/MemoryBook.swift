import ResponsesAPI
import Synchronization

/// The one bookkeeper of memory: accounts of connections within those of their owners, within the process's.
///
/// Over the process's budget the owner that holds the most gives way, over its own share an owner does; in both cases
/// with the connection that holds the most of it. So a small neighbour never pays for a large one.
public final class MemoryBook: Sendable {
    /// All that is held.
    public let process: MemoryAccount
    private let bytesMax: Int
    private let ownerBytesMax: Int
    /// Owners who have a part of their own.
    private let ownersBytesMax: [Owner: Int]
    private let state = Mutex(State())

    private struct State {
        var owners: [Owner: Owned] = [:]
        /// Who was asked to give way, by account. What they are still to give up counts as given, so that nobody else has to.
        var asked: [ObjectIdentifier: Asked] = [:]

        /// What is still to be given up, of one owner or of all.
        func outstanding(_ owner: Owner? = nil) -> Int {
            asked.values.reduce(0) { $0 + (owner == nil || $1.owner == owner ? $1.outstanding : 0) }
        }
    }

    private struct Owned {
        let account: MemoryAccount
        var holders: [ObjectIdentifier: Holder] = [:]
    }

    private struct Holder {
        let account: MemoryAccount
        let holder: any MemoryHolder
    }

    private struct Asked {
        let owner: Owner
        let account: MemoryAccount
        var bytes: Int
        /// What the account held when it was asked.
        var before: Int
        /// What the account held when its holder had done what it could; nil while it has not.
        var answered: Int?

        var outstanding: Int { max(0, bytes - max(0, before - account.bytes)) }

        /// Whether what is outstanding still counts as given. Of who could do nothing it is freed when others let go of it. Who
        /// gave a part, or holds something else by now, is asked again.
        var counts: Bool {
            guard let answered else { return true }
            return outstanding > 0 && answered == before && account.bytes == answered
        }
    }

    /// - Parameters:
    ///   - ownerShare: which part of the budget one owner may hold. Where there are no keys there is one owner,
    ///     `Owner.anybody`, who may hold all of it.
    ///   - ownerShares: the same part of owners who have one of their own.
    ///   - disposal: where what takes long is freed.
    public init(
        bytesMax: Int, ownerShare: Double = 1, ownerShares: [Owner: Double] = [:], disposal: (any Disposal)? = nil
    ) {
        process = MemoryAccount(disposal: disposal)
        self.bytesMax = bytesMax
        ownerBytesMax = Int(Double(bytesMax) * ownerShare)
        ownersBytesMax = ownerShares.mapValues { Int(Double(bytesMax) * min(max($0, 0), 1)) }
    }

    /// Opens an account of an owner's; close it when its holder is done.
    public func open(for owner: Owner, _ holder: some MemoryHolder) -> MemoryAccount {
        state.withLock { state in
            var owned = state.owners.removeValue(forKey: owner) ?? Owned(account: MemoryAccount(within: process))
            let account = MemoryAccount(within: owned.account)
            owned.holders[ObjectIdentifier(account)] = Holder(account: account, holder: holder)
            state.owners[owner] = owned
            return account
        }
    }

    /// Forgets a holder. What chains of its connection are still in use counts on until they are freed.
    public func close(_ account: MemoryAccount, of owner: Owner) {
        for use in MemoryUse.allCases where use != .chains && use != .tools { account.set(0, for: use) }
        account.setShared(0, for: .tools)
        let closed = state.withLock { state in
            state.asked[ObjectIdentifier(account)] = nil
            return state.owners[owner]?.holders.removeValue(forKey: ObjectIdentifier(account))
        }
        _ = consume closed
    }

    /// Holders whose accounts are open. For tests.
    package var holderCount: Int { state.withLock { $0.owners.values.reduce(0) { $0 + $1.holders.count } } }

    /// Whether somebody has to give way because of what this account, and those around it, hold.
    public func isOver(_ account: MemoryAccount, of owner: Owner) -> Bool {
        if process.bytes > bytesMax { return true }
        guard owner != .anybody, let owned = account.outer else { return false }
        return owned.bytes > bytesMax(of: owner)
    }

    private func bytesMax(of owner: Owner) -> Int { ownersBytesMax[owner] ?? ownerBytesMax }

    /// Asks those who hold the most to give way, when there is need.
    public func relieve() {
        state.withLock { state in state.asked = state.asked.filter { $0.value.counts } }
        while let (holder, bytes) = nextToGiveWay() { holder.giveWay(downTo: bytes) }
    }

    /// Says that a holder did what it was asked for, as far as it could.
    public func gaveWay(_ account: MemoryAccount) {
        state.withLock { state in
            let id = ObjectIdentifier(account)
            guard let asked = state.asked[id] else { return }
            if asked.outstanding == 0 { state.asked[id] = nil } else { state.asked[id]?.answered = account.bytes }
        }
    }

    /// Who has to give way next, and down to how many bytes; nil when nobody has to.
    private func nextToGiveWay() -> (any MemoryHolder, Int)? {
        state.withLock { state in
            var over = process.bytes - bytesMax - state.outstanding()
            var chosen: Owner?
            if over > 0 {
                chosen = state.owners.lazy.filter { !$0.value.holders.isEmpty }.max { left, right in
                    left.value.account.bytes - state.outstanding(left.key)
                        < right.value.account.bytes - state.outstanding(right.key)
                }?.key
            } else {
                for (owner, owned) in state.owners where owner != .anybody && owned.account.bytes > bytesMax(of: owner) {
                    over = owned.account.bytes - state.outstanding(owner) - bytesMax(of: owner)
                    if over > 0 {
                        chosen = owner
                        break
                    }
                }
            }
            guard let chosen, over > 0, let owned = state.owners[chosen] else { return nil }
            // All connections of an owner, so each is looked at once.
            var (largest, most) = (nil as Holder?, 0)
            for holder in owned.holders.values {
                let held = holder.account.bytes
                guard held > most else { continue }
                let left = held - (state.asked[ObjectIdentifier(holder.account)]?.outstanding ?? 0)
                if left > most { (largest, most) = (holder, left) }
            }
            guard let largest else { return nil }
            // A little more, so that not each further byte asks again.
            let bytes = min(most, over + bytesMax / 32)
            let id = ObjectIdentifier(largest.account)
            let before = state.asked[id]?.outstanding ?? 0
            state.asked[id] = Asked(owner: chosen, account: largest.account, bytes: before + bytes, before: largest.account.bytes)
            return (largest.holder, max(0, largest.account.bytes - before - bytes))
        }
    }
}
