/// A rule of the contract that an engine breaks.
public struct ConformanceFailure: Error, Hashable, CustomStringConvertible {
    /// The check's name.
    public var check: String
    /// What happened.
    public var sentence: String

    public var description: String { "Engine contract, \(check): \(sentence)" }
}
