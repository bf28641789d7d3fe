import ResponsesAPI

/// A value that a schema allows.
enum SchemaExample {
    static func make(of root: JSONValue) -> JSONValue { make(root, in: root) }

    private static func make(_ schema: JSONValue, in root: JSONValue) -> JSONValue {
        if let value = schema["default"] ?? schema["const"] ?? schema["enum"]?[0] { return value }
        if let target = schema.resolved(in: root), target != schema { return make(target, in: root) }
        if let choices = schema["anyOf"] ?? schema["oneOf"] {
            // Null ends a recursion.
            let isRecursive = choices.elements.contains { $0["$ref"] != nil }
            let mayBeNull = choices.elements.contains { $0.typeNames == ["null"] }
            return isRecursive && mayBeNull ? .null : choices[0].map { make($0, in: root) } ?? .null
        }
        switch schema.typeNames.first {
        case "string": return .string(text(of: schema["format"]?.stringValue))
        case "integer", "number":
            // 1 where it lies within the bounds.
            let least = schema["minimum"]?.doubleValue ?? 1
            let most = schema["maximum"]?.doubleValue ?? max(1, least)
            return least <= 1 && 1 <= most ? 1 : schema["minimum"] ?? schema["maximum"] ?? 1
        case "boolean": return true
        case "array":
            guard let items = schema["items"], items["$ref"] == nil else { return [] }
            return .array(Array(repeating: make(items, in: root), count: max(1, schema["minItems"]?.intValue ?? 1)))
        case "object":
            return .object((schema["properties"]?.members ?? []).map { .init($0.name, make($0.value, in: root)) })
        default: return .null
        }
    }

    private static func text(of format: String?) -> String {
        switch format {
        case "date-time": "2000-01-01T00:00:00Z"
        case "date": "2000-01-01"
        case "uuid": "00000000-0000-4000-8000-000000000000"
        default: SchemaRecorder.placeholderText
        }
    }
}

extension JSONValue {
    /// The schema that a `$ref` made by this package points at; the schema itself when it is not a reference.
    func resolved(in root: JSONValue) -> JSONValue? {
        guard let reference = self["$ref"]?.stringValue else { return self }
        guard let slash = reference.lastIndex(of: "/") else { return root }
        return root["$defs"]?[String(reference[reference.index(after: slash)...])]
    }
}
