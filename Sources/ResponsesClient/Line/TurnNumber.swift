/// Tells the turns of one line apart.
struct TurnNumber: Hashable, Sendable, Comparable {
    let rawValue: Int
    static func < (left: TurnNumber, right: TurnNumber) -> Bool { left.rawValue < right.rawValue }
}
