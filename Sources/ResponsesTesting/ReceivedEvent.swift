import ResponsesAPI

/// An event as a client received it.
public struct ReceivedEvent: CustomStringConvertible {
    public let json: RawJSON
    public let type: String
    /// The lane it came on; nil is the default one.
    public let lane: String?
    public let number: Int?

    /// Reads an event. Text that is not a JSON object becomes an event of type `not JSON`, which no test expects.
    public init(_ text: String) {
        json = (try? RawJSON(parsing: text)) ?? .null
        type = json["type"]?.stringValue ?? "not JSON"
        lane = json["stream_id"]?.stringValue
        number = json["sequence_number"]?.intValue
    }

    /// The value at a path such as `response.output[0].content[0].text`; nil when there is none.
    public subscript(_ path: String) -> RawJSON? {
        var value: RawJSON? = json
        for step in path.split(whereSeparator: { $0 == "." || $0 == "[" }) {
            if step.hasSuffix("]"), let index = Int(step.dropLast()) {
                let elements = value?.elements ?? []
                value = elements.indices.contains(index) ? elements[index] : nil
            } else {
                value = value?[String(step)]
            }
        }
        return value
    }

    /// The string at a path.
    public func string(_ path: String) -> String? { self[path]?.stringValue }

    /// Whether nothing more comes of its turn: a terminal event, or an `error`.
    public var isLast: Bool {
        ["response.completed", "response.incomplete", "response.failed", "error"].contains(type)
    }

    public var description: String { json.text }
}

extension [ReceivedEvent] {
    public var types: [String] { map(\.type) }

    /// The text of all deltas of one type, joined.
    public func deltas(_ type: String) -> String { filter { $0.type == type }.compactMap { $0.string("delta") }.joined() }
}
