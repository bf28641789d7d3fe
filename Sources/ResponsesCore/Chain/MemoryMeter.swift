import Synchronization

/// Counts the bytes of chain nodes that are alive, whoever holds them.
///
/// Nodes are shared between chains, lanes and the store, so what a table holds says little about memory; what was made
/// and not yet freed says all. Meters nest: a connection's counts into the process's.
public final class MemoryMeter: Sendable {
    private let count = Atomic<Int>(0)
    private let outer: MemoryMeter?

    public init(within outer: MemoryMeter? = nil) { self.outer = outer }

    /// Bytes alive now.
    public var bytes: Int { count.load(ordering: .relaxed) }

    func add(_ bytes: Int) {
        count.wrappingAdd(bytes, ordering: .relaxed)
        outer?.add(bytes)
    }

    func subtract(_ bytes: Int) {
        count.wrappingSubtract(bytes, ordering: .relaxed)
        outer?.subtract(bytes)
    }
}
