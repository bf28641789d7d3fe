/// What form the model's text has (Responses API, section 7).
public enum TextFormat: Sendable, Hashable {
    case text
    case jsonObject
    case jsonSchema(JSONSchema)

    public struct JSONSchema: Sendable, Hashable {
        public var name: String
        public var schema: RawJSON
        public var strict: Bool?
        public var description: JSONText?
    }

    init(_ json: RawJSON) throws(APIError) {
        guard json.isObject else { throw APIError.invalidRequest(.invalidType, "Invalid type: expected an object.") }
        guard let type = json["type"]?.stringValue else { throw .missing("type") }
        switch type {
        case "text": self = .text
        case "json_object": self = .jsonObject
        case "json_schema":
            guard let name = json["name"]?.stringValue else { throw .missing("name") }
            guard (1...64).contains(name.unicodeScalars.count) else {
                throw .wrongValue("name", "1 to 64 characters are allowed.")
            }
            guard let schema = json["schema"], schema.isObject else { throw .missing("schema") }
            self = .jsonSchema(
                JSONSchema(
                    name: name, schema: schema, strict: json["strict"]?.boolValue,
                    description: json["description"]?.stringValue.map { JSONText($0) }))
        default: throw .wrongValue("type", "supported are 'text', 'json_object' and 'json_schema'.")
        }
    }
}

/// `text`: format and verbosity.
public struct TextSettings: Sendable, Hashable {
    public var format: TextFormat = .text
    /// `low`, `medium` or `high`.
    public var verbosity: String?
    /// The object as the client sent it.
    public var json: RawJSON?

    public init() {}

    init(_ json: RawJSON) throws(APIError) {
        self.json = json
        if let format = json["format"], !format.isNull {
            do throws(APIError) {
                self.format = try TextFormat(format)
            } catch {
                throw error.under("format")
            }
        }
        verbosity = json["verbosity"]?.stringValue
    }

    /// The object as responses echo it: `format` is always there (section 3).
    package func writeEcho(to writer: inout JSONWriter) {
        guard let json else { return writer.literal(#"{"format":{"type":"text"}}"#) }
        writer.beginObject()
        if json["format"].map(\.isNull) ?? true {
            writer.key("format")
            writer.literal(#"{"type":"text"}"#)
        }
        json.forEachMember { key, value in
            if key == "format", value.isNull { return }
            writer.key(key)
            // OpenAI's and Open Responses' schemas both have `strict` in the echoed format.
            if key == "format", case .jsonSchema(let schema) = format {
                schema.write(to: &writer)
            } else {
                writer.value(value)
            }
        }
        writer.endObject()
    }
}

extension TextFormat.JSONSchema {
    fileprivate func write(to writer: inout JSONWriter) {
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

/// `reasoning`: how much the model thinks, and what it shows of it.
public struct ReasoningSettings: Sendable, Hashable {
    /// `none`, `minimal`, `low`, `medium`, `high`, `xhigh` or `max`; open, as models differ.
    public var effort: String?
    /// `auto`, `concise` or `detailed`.
    public var summary: String?
    /// The object as the client sent it.
    public var json: RawJSON

    init(_ json: RawJSON) throws(APIError) {
        self.json = json
        effort = try Self.word(json, "effort")
        // `generate_summary` is the old name.
        let generated = try Self.word(json, "generate_summary")
        summary = try Self.word(json, "summary") ?? generated
    }

    private static func word(_ json: RawJSON, _ field: String) throws(APIError) -> String? {
        guard let value = json[field], !value.isNull else { return nil }
        guard let word = value.stringValue else { throw .wrongType(field, expected: "a string") }
        return word
    }

    /// "If an object: both effort and summary present" (section 3).
    package func writeEcho(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("effort")
        writer.value(effort)
        writer.key("summary")
        writer.value(summary)
        json.forEachMember { key, value in
            if key != "effort", key != "summary" {
                writer.key(key)
                writer.value(value)
            }
        }
        writer.endObject()
    }
}
