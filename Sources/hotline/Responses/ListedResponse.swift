import ResponsesAPI
import SQLiteStore

/// What a list says of a stored response: ids, times and counts, and nothing of its content.
struct ListedResponse: Sendable {
    var listing: SQLiteStoreListing
    /// Nil for a response that counted none, such as one that failed.
    var inputTokens: Int?
    var outputTokens: Int?

    /// - Parameter usage: of the response object.
    init(_ listing: SQLiteStoreListing, usage: RawJSON?) {
        self.listing = listing
        inputTokens = usage?["input_tokens"]?.intValue
        outputTokens = usage?["output_tokens"]?.intValue
    }

    /// For people.
    static func table(_ responses: [ListedResponse]) -> String {
        var table = TextTable(columns: [
            .init(title: "id"), .init(title: "created (UTC)"), .init(title: "model"), .init(title: "status"),
            .init(title: "tokens in", isNumber: true), .init(title: "out", isNumber: true),
        ])
        table.rows = responses.map { response in
            let listing = response.listing
            return [
                listing.id.rawValue, CalendarTime.text(listing.createdAt), listing.model ?? "", listing.status ?? "",
                response.inputTokens.map { "\($0)" } ?? "", response.outputTokens.map { "\($0)" } ?? "",
            ]
        }
        return table.text
    }

    /// For programs, without its line's end.
    var json: RawJSON {
        var json = JSONWriter()
        json.beginObject()
        json.key("id")
        json.value(listing.id.rawValue)
        json.key("created_at")
        json.value(listing.createdAt)
        json.key("used_at")
        json.value(listing.usedAt)
        json.key("model")
        json.value(listing.model)
        json.key("status")
        json.value(listing.status)
        json.key("previous_response_id")
        json.value(listing.parent?.rawValue)
        json.key("metadata")
        json.value(listing.metadata.onOneLine)
        json.key("input_items")
        json.value(listing.inputCount)
        json.key("output_items")
        json.value(listing.outputCount)
        json.key("input_tokens")
        json.value(inputTokens)
        json.key("output_tokens")
        json.value(outputTokens)
        json.key("bytes")
        json.value(listing.bytes)
        json.endObject()
        return json.raw
    }
}
