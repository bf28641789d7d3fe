/// What form the model's text has (responses-api 7).
public enum TextFormat: Sendable, Hashable {
    case text
    case jsonObject
    case jsonSchema(JSONSchema)

    public struct JSONSchema: Sendable, Hashable {
        public var name: String
        public var schema: RawJSON
        public var strict: Bool?
        public var description: JSONText?

        public init(name: String, schema: RawJSON, strict: Bool? = nil, description: JSONText? = nil) {
            self.name = name
            self.schema = schema
            self.strict = strict
            self.description = description
        }
    }

    init(_ json: RawJSON) throws(APIError) {
        guard json.isObject else { throw APIError.invalidRequest(.invalidType, "Invalid type: expected an object.") }
        guard let type = try json.word("type") else { throw .missing("type") }
        switch type {
        case "text": self = .text
        case "json_object": self = .jsonObject
        case "json_schema":
            guard let name = try json.word("name") else { throw .missing("name") }
            guard (1...64).contains(name.unicodeScalars.count) else {
                throw .wrongValue("name", "1 to 64 characters are allowed.")
            }
            guard let schema = json["schema"], !schema.isNull else { throw .missing("schema") }
            guard schema.isObject else { throw .wrongType("schema", expected: "an object") }
            let strict = json["strict"]
            guard strict.map({ $0.isNull || $0.boolValue != nil }) ?? true else {
                throw .wrongType("strict", expected: "a boolean")
            }
            self = .jsonSchema(
                JSONSchema(
                    name: name, schema: schema, strict: strict?.boolValue,
                    description: try json.word("description").map { JSONText($0) }))
        default: throw .wrongValue("type", "supported are 'text', 'json_object' and 'json_schema'.")
        }
    }
}

extension TextFormat {
    func write(to writer: inout JSONWriter) {
        switch self {
        case .text: writer.literal(#"{"type":"text"}"#)
        case .jsonObject: writer.literal(#"{"type":"json_object"}"#)
        case .jsonSchema(let schema):
            writer.beginObject()
            writer.key("type")
            writer.value(literal: "json_schema")
            writer.key("name")
            writer.value(schema.name)
            writer.member("description", ifSet: schema.description)
            writer.key("schema")
            writer.value(schema.schema)
            writer.member("strict", ifSet: schema.strict)
            writer.endObject()
        }
    }
}

extension TextFormat.JSONSchema {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("type")
        writer.value("json_schema")
        writer.key("name")
        writer.value(name)
        writer.key("description")
        writer.value(description)
        writer.key("schema")
        writer.value(schema)
        writer.key("strict")
        writer.value(strict ?? false)
        writer.endObject()
    }
}
