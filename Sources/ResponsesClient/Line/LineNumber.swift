import Synchronization

/// Identifies a line within a program.
struct LineNumber: Hashable, Sendable {
    private static let last = Atomic(0)
    private let rawValue: Int

    static func next() -> LineNumber { LineNumber(rawValue: last.add(1, ordering: .relaxed).newValue) }
}
