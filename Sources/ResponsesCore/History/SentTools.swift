import ResponsesAPI
import Synchronization

/// The sets of tools that were made of what clients sent in another wire's form, the last used last.
///
/// Clients send the same tens of kilobytes with every request. Counted, and few: agents of one machine have a handful of sets.
final class SentTools: Sendable {
    private struct Entry {
        var sent: SentDigest
        var tools: ToolSet
        var bytes: Int
    }

    private let entries = Mutex<[Entry]>([])
    private let account: MemoryAccount

    /// A search goes through them.
    private static var countMax: Int { 64 }
    /// What they may take together: some hundred usual sets.
    private static var bytesMax: Int { 8 << 20 }

    init(account: MemoryAccount) { self.account = account }

    func set(_ sent: SentDigest) -> ToolSet? {
        entries.withLock { entries in
            guard let place = entries.lastIndex(where: { $0.sent == sent }) else { return nil }
            if place != entries.count - 1 { entries.append(entries.remove(at: place)) }
            return entries.last?.tools
        }
    }

    func keep(_ tools: ToolSet, as sent: SentDigest) {
        // With what engines make of them later.
        let bytes = 2 * tools.byteCount
        guard bytes <= Self.bytesMax else { return }
        let (change, dropped) = entries.withLock { entries -> (Int, [Entry]) in
            if entries.contains(where: { $0.sent == sent }) { return (0, []) }
            entries.append(Entry(sent: sent, tools: tools, bytes: bytes))
            var sum = entries.reduce(0) { $0 + $1.bytes }
            var count = 0
            while sum > Self.bytesMax || entries.count - count > Self.countMax {
                sum -= entries[count].bytes
                count += 1
            }
            let dropped = Array(entries.prefix(count))
            entries.removeFirst(count)
            return (bytes - dropped.reduce(0) { $0 + $1.bytes }, dropped)
        }
        account.add(change, for: .tools)
        _ = consume dropped
    }
}
