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

    /// "If an object: both effort and summary present" (responses-api 3).
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
