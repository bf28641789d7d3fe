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

    /// The object as responses echo it: `format` is always there (responses-api 3).
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
