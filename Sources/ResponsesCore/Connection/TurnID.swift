/// Numbers the turns of one connection, in the order in which they came.
public struct TurnID: Hashable, Sendable, Comparable {
    public let rawValue: Int
    public init(_ rawValue: Int) { self.rawValue = rawValue }
    public static func < (left: TurnID, right: TurnID) -> Bool { left.rawValue < right.rawValue }
}
