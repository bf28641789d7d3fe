import ResponsesAPI

/// The JSON schema of a Swift type, found by decoding it once from a decoder that records what it is asked for.
///
/// ```swift
/// struct Edit: Decodable { var path: String; var lines: [Int]; var comment: String? }
/// let schema = try JSONSchema(of: Edit.self, describing: ["path": "Relative to the project."])
/// ```
/// Structs, classes, arrays, sets, optionals, enums that are `CaseIterable` with raw values, recursive types, and `Date`,
/// `UUID`, `URL`, `Data` work without code of their own. Properties come in the order in which they are decoded. What cannot
/// be found this way, such as enums with associated values, the type provides: see `SchemaProviding`.
///
/// The schema is one that OpenAI's strict mode takes: no further properties, all of them required, and null allowed where
/// Swift has an optional. Dictionaries and `JSONValue` have names that are not known before: `isStrict` is then false, and
/// the model may answer with something that does not decode.
public struct JSONSchema: Sendable, Hashable {
    public let json: JSONValue
    /// Whether strict mode takes this schema.
    public let isStrict: Bool

    /// Derives the schema of a type.
    ///
    /// - Parameter fields: what a field means, by its dotted path such as `edits.line`; arrays and dictionaries on the way
    ///   add nothing to a path. Wins over what the type says of itself through `SchemaDescribing`.
    /// - Throws: `SchemaError` naming the field whose type must provide its own schema, or a description without a field.
    public init<T: Decodable>(of type: T.Type, describing fields: [String: String] = [:]) throws(SchemaError) {
        self.init(try SchemaRecorder.schema(of: type, describing: fields))
    }

    /// A schema written by hand.
    public init(_ json: JSONValue) {
        self.json = json
        isStrict = StrictMode.takes(json)
    }

    /// The schema as tools and formats carry it.
    public var raw: RawJSON { json.raw }

    /// Whether values are JSON objects, as a tool's arguments and a structured output must be.
    var isObject: Bool { json["type"]?.stringValue == "object" }
}

extension JSONValue {
    /// A schema's `type`: one name or several.
    var typeNames: [String] {
        guard let type = self["type"] else { return [] }
        return type.stringValue.map { [$0] } ?? type.elements.compactMap(\.stringValue)
    }
}
