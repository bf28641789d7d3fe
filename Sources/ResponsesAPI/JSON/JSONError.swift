/// Why bytes are not JSON, and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The offset in bytes of what is wrong.
    public var offset: Int
    /// What is wrong, without quoting the input.
    public var reason: String

    public var description: String { "\(reason) at byte \(offset)" }
}
