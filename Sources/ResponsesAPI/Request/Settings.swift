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
        verbosity = try json.word("verbosity")
    }

    /// Settings for a client to send.
    public init(format: TextFormat, verbosity: String? = nil) {
        self.format = format
        self.verbosity = verbosity
    }

    /// The object as a client sends it: only what is set, and of what came, what this build does not know.
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        let came = json?["format"].flatMap { $0.isNull ? nil : $0 }
        if let came, (try? TextFormat(came)) == format {
            writer.key("format")
            writer.value(came)
        } else if came != nil || format != .text {
            writer.key("format")
            format.write(to: &writer)
        }
        writer.member("verbosity", ifSet: verbosity)
        json?.forEachMember { key, value in
            if key != "format", key != "verbosity" {
                writer.key(key)
                writer.value(value)
            }
        }
        writer.endObject()
    }

    /// The object as responses echo it: `format` is always there (section 3).
    package func writeEcho(to writer: inout JSONWriter) {
        writer.beginObject()
        guard let json else {
            writer.key("format")
            if case .jsonSchema(let schema) = format { schema.write(to: &writer) } else { format.write(to: &writer) }
            writer.member("verbosity", ifSet: verbosity)
            return writer.endObject()
        }
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

extension TextFormat {
    fileprivate func write(to writer: inout JSONWriter) {
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
        effort = try json.word("effort")
        // `generate_summary` is the old name.
        let generated = try json.word("generate_summary")
        summary = try json.word("summary") ?? generated
    }

    /// Settings for a client to send.
    public init(effort: String? = nil, summary: String? = nil) {
        self.effort = effort
        self.summary = summary
        json = .emptyObject
    }

    /// The object as a client sends it: only what is set, and of what came, what this build does not know.
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("effort", ifSet: effort)
        writer.member("summary", ifSet: summary)
        json.forEachMember { key, value in
            if key != "effort", key != "summary", key != "generate_summary" {
                writer.key(key)
                writer.value(value)
            }
        }
        writer.endObject()
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

extension RawJSON {
    /// A member that is a string; nil when absent or null.
    fileprivate func word(_ field: String) throws(APIError) -> String? {
        guard let value = self[field], !value.isNull else { return nil }
        guard let word = value.stringValue else { throw .wrongType(field, expected: "a string") }
        return word
    }
}
