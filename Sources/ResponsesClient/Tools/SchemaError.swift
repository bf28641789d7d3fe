/// Why no schema can be made, and what to do about it.
public struct SchemaError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The field's dotted path; empty for the type itself.
    public var path: String
    public var message: String

    public init(path: String, _ message: String) {
        self.path = path
        self.message = message
    }

    public var description: String { path.isEmpty ? message : "Field '\(path)': \(message)" }
}
