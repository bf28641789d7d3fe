/// The body of a request that makes a conversation, changes its metadata or adds items to it (responses-api 1).
///
/// Fields that are not known are passed over. A null means "not given".
package struct ConversationRequest: Sendable {
    /// At most so many items come with one request (responses-api 1).
    package static let itemsMax = 20

    /// The client's pairs, an object of strings; nil when there are none.
    package private(set) var metadata: RawJSON?
    /// Whether `metadata` was there at all, be it as null.
    package private(set) var hasMetadata = false
    package private(set) var items: [Item] = []
    /// Whether `items` was there.
    package private(set) var hasItems = false

    /// - Parameter bytes: one JSON object, or nothing.
    /// - Throws: `APIError` naming the field by its path.
    package init(parsing bytes: [UInt8]) throws(APIError) {
        if bytes.isEmpty { return }
        var request = self
        try bytes.scanned { (scanner) throws(APIError) in
            guard scanner.peek() == UInt8(ascii: "{") else {
                throw APIError.invalidRequest(.invalidJSON, "The body must be one JSON object.")
            }
            try scanner.members { (scanner, key) throws(APIError) in try request.read(&scanner, scanner.key(key)) }
            try scanner.orInvalid { (scanner) throws(JSONError) in try scanner.expectEnd() }
        }
        self = request
    }

    private mutating func read(_ scanner: inout JSONScanner, _ key: JSONKey) throws(APIError) {
        switch key {
        case "metadata":
            metadata = try CreateRequest.readMetadata(&scanner)
            hasMetadata = true
        case "items": try readItems(&scanner)
        default: _ = try scanner.valueSpan()
        }
    }

    private mutating func readItems(_ scanner: inout JSONScanner) throws(APIError) {
        switch scanner.peek() {
        case UInt8(ascii: "n"): _ = try scanner.valueSpan()
        case UInt8(ascii: "["):
            var items: [Item] = []
            do throws(APIError) {
                try scanner.elements { (scanner, index) throws(APIError) in
                    guard index < Self.itemsMax else {
                        throw .invalidRequest(.invalidValue, "At most \(Self.itemsMax) items can be sent at once. Send the rest with the next request.")
                    }
                    let item = try Item(&scanner)
                    guard item.type != "compaction_trigger" else {
                        throw .invalidRequest(
                            .unsupportedValue, "A 'compaction_trigger' asks a turn for something and is no part of a list. Leave it out.",
                            param: "[\(index)]")
                    }
                    items.append(item)
                }
            } catch {
                throw error.under("items")
            }
            self.items = items
            hasItems = true
        default: throw .wrongType("items", expected: "an array of items")
        }
    }
}
