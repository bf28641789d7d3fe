/// A type that says what its fields mean, wherever it is used.
///
/// ```swift
/// extension City: SchemaDescribing {
///     static var fieldDescriptions: [String: String] { ["country": "ISO 3166-1, two letters."] }
/// }
/// ```
public protocol SchemaDescribing: Decodable {
    /// By dotted path below this type.
    static var fieldDescriptions: [String: String] { get }
}
