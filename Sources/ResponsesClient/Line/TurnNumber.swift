/// Identifies a turn of one line; turns that were asked for earlier come first.
struct TurnNumber: Hashable, Sendable, Comparable {
    let rawValue: Int
    static func < (left: TurnNumber, right: TurnNumber) -> Bool { left.rawValue < right.rawValue }
}
