import Synchronization

/// Tells the lines of a program apart.
struct LineNumber: Hashable, Sendable {
    private static let last = Atomic(0)
    private let rawValue: Int

    static func next() -> LineNumber { LineNumber(rawValue: last.add(1, ordering: .relaxed).newValue) }
}
