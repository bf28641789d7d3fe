/// Says to the model, in the tool's own words, what went wrong.
public struct ToolFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public var message: String

    public init(_ message: String) { self.message = message }

    public var description: String { message }

    /// An error's description, cut to what a model needs.
    static func short(_ error: any Error) -> String { String(String(describing: error).prefix(500)) }
}
