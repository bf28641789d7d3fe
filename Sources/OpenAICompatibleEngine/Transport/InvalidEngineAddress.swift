/// An engine's address is not one.
public struct InvalidEngineAddress: Error, Hashable, Sendable, CustomStringConvertible {
    public let reason: String
    init(_ reason: String) { self.reason = reason }
    public var description: String { "The engine's address is wrong: \(reason)." }
}
