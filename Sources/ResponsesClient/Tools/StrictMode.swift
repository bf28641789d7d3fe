import ResponsesAPI

/// What strict mode asks of a schema; a server refuses the tool or format otherwise.
enum StrictMode {
    private static let unsupported = [
        "oneOf", "allOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas", "patternProperties",
        "prefixItems", "uniqueItems",
    ]

    static func takes(_ root: JSONValue) -> Bool {
        // "The root must be an object and not use anyOf": a structured output wraps anything else.
        root["type"]?.stringValue == "object" && root["anyOf"] == nil && takesPart(root)
            && (root["$defs"]?.members ?? []).allSatisfy { takesPart($0.value) }
    }

    private static func takesPart(_ schema: JSONValue) -> Bool {
        if schema["$ref"] != nil { return schema.members.count == 1 }
        guard !schema.members.contains(where: { unsupported.contains($0.name) }) else { return false }
        if let choices = schema["anyOf"] { return choices.elements.allSatisfy { takesPart($0) } }
        let types = schema.typeNames
        guard !types.isEmpty else { return false }
        if types.contains("array") {
            guard let items = schema["items"], takesPart(items) else { return false }
        }
        guard types.contains("object") else { return true }
        let required = Set((schema["required"]?.elements ?? []).compactMap(\.stringValue))
        return schema["additionalProperties"]?.boolValue == false
            && (schema["properties"]?.members ?? []).allSatisfy { required.contains($0.name) && takesPart($0.value) }
    }
}
