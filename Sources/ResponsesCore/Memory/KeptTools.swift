import ResponsesAPI
import Synchronization

/// A set of tools that connections keep, counted once in its owner's account however many do.
public final class KeptTools: Sendable {
    public let tools: ToolSet
    private let account: MemoryAccount
    private let counted: Atomic<Int>

    init(_ tools: ToolSet, in account: MemoryAccount) {
        self.tools = tools
        self.account = account
        counted = Atomic(tools.byteCount)
        account.add(tools.byteCount, for: .tools)
    }

    deinit { account.subtract(counted.load(ordering: .relaxed), for: .tools) }

    /// What the set takes, with what dialects made of it by now.
    var bytes: Int {
        let now = tools.byteCount
        let before = counted.exchange(now, ordering: .relaxed)
        if now != before { account.add(now - before, for: .tools) }
        return now
    }
}
