import ResponsesAPI

/// `response_format`: nested here, flat in the core (chat-completions 2).
enum ChatResponseFormat {
    static func read(_ scanner: inout JSONScanner) throws(APIError) -> TextFormat {
        guard let format = try scanner.object(for: "response_format") else { return .text }
        switch format["type"]?.stringValue {
        case "text": return .text
        case "json_object": return .jsonObject
        case "json_schema":
            guard let nested = format["json_schema"], nested.isObject else { throw .missing("response_format.json_schema") }
            return try schema(nested)
        case nil: throw .missing("response_format.type")
        default: throw .wrongValue("response_format.type", "supported are 'text', 'json_object' and 'json_schema'.")
        }
    }

    private static func schema(_ json: RawJSON) throws(APIError) -> TextFormat {
        let path = "response_format.json_schema"
        guard let name = json["name"]?.stringValue else { throw .missing("\(path).name") }
        guard (1...64).contains(name.unicodeScalars.count) else { throw .wrongValue("\(path).name", "1 to 64 characters are allowed.") }
        // The reference lets the schema be absent: any JSON is meant then.
        guard let schema = json["schema"], !schema.isNull else { return .jsonObject }
        guard schema.isObject else { throw .wrongType("\(path).schema", expected: "an object") }
        let strict = json["strict"]
        guard strict.map({ $0.isNull || $0.boolValue != nil }) ?? true else { throw .wrongType("\(path).strict", expected: "a boolean") }
        return .jsonSchema(
            TextFormat.JSONSchema(
                name: name, schema: schema, strict: strict?.boolValue ?? false,
                description: json["description"]?.stringValue.map { JSONText($0) }))
    }
}
