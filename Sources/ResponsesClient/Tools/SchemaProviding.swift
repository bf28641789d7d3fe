import ResponsesAPI

/// A type that provides its own schema, as decoding it once does not show it: enums with associated values, types that try
/// several forms, types that check what they are given.
///
/// ```swift
/// extension Percentage: SchemaProviding {
///     static var schema: JSONValue { ["type": "integer", "minimum": 0, "maximum": 100] }
/// }
/// ```
public protocol SchemaProviding: Decodable {
    static var schema: JSONValue { get }
    /// A value that decodes, needed to continue in the type around this one. By default made from the schema: its
    /// `default`, `const`, the first of its `enum`, or a plain value of its type.
    static var schemaExample: JSONValue { get }
}

extension SchemaProviding {
    public static var schemaExample: JSONValue { SchemaExample.make(of: schema) }
}

extension JSONValue: SchemaProviding {
    /// Anything.
    public static var schema: JSONValue { [:] }
}
