/// A rule of a contract that an engine or a store breaks.
public struct ConformanceFailure: Error, Hashable, CustomStringConvertible {
    /// Whose contract: `Engine` or `Store`.
    public var contract = "Engine"
    /// The check's name.
    public var check: String
    /// What happened.
    public var sentence: String

    public var description: String { "\(contract) contract, \(check): \(sentence)" }
}
