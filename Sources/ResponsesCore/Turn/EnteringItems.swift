import ResponsesAPI

/// A turn's items on their way into the conversation: those that stand for others are replaced by what they stand for.
struct EnteringItems {
    private(set) var items: [Item] = []
    private let parent: ChainNode?
    private let sealer: (any ContentSealer)?
    /// A short reference can stand for a large item, and a request can hold many: so they share a limit.
    private let referencedBytesMax: Int
    private var referencedBytes = 0
    /// Every item that can be referred to, by its id. Made when the first reference is met.
    private var known: [String: RawJSON]?
    /// How many of `items` are in `known`.
    private var knownCount = 0

    init(parent: ChainNode?, sealer: (any ContentSealer)?, referencedBytesMax: Int) {
        self.parent = parent
        self.sealer = sealer
        self.referencedBytesMax = referencedBytesMax
    }

    /// Takes the next item.
    ///
    /// - Throws: `APIError` with the field's path within the item, when it refers to nothing or cannot be opened.
    mutating func add(_ item: Item) throws(APIError) {
        switch item.body {
        case .reference(let id): items.append(try referenced(id))
        case .compaction(let sealed):
            guard let summary = sealer?.open(sealed, as: .compaction) else { throw .notOurs }
            items.append(.userMessage(JSONText("Summary of the conversation so far:\n\n" + summary.string)))
        case .reasoning(let reasoning):
            guard reasoning.content.isEmpty, let sealed = reasoning.encryptedContent else {
                items.append(item)
                return
            }
            guard let text = sealer?.open(sealed, as: .reasoning) else { throw .notOurs }
            items.append(try Item(item.json.reasoningItem(with: text)))
        default: items.append(item)
        }
    }

    private mutating func referenced(_ id: String) throws(APIError) -> Item {
        var known = self.known ?? parent?.itemsByID() ?? [:]
        // The dictionary has one owner while it grows, or every reference would copy it.
        self.known = nil
        for item in items[knownCount...] {
            if let id = item.id { known[id] = item.json }
        }
        knownCount = items.count
        let found = known[id]
        self.known = known
        guard let found else {
            throw .invalidRequest(
                .invalidValue, "Item with id '\(id)' not found in this conversation. Send the item itself.", param: "id")
        }
        referencedBytes += found.bytes.count
        guard referencedBytes <= referencedBytesMax else {
            throw .invalidRequest(
                .invalidValue, "The items referred to are larger than \(referencedBytesMax) bytes together. Refer to fewer.",
                param: "id")
        }
        return try Item(found)
    }
}

extension APIError {
    fileprivate static var notOurs: APIError {
        .invalidRequest(
            .invalidEncryptedContent,
            "The encrypted content could not be opened: it was made by another server or changed. Send the items it stands "
                + "for instead.", param: "encrypted_content")
    }
}

extension RawJSON {
    /// This reasoning item with its text in the clear, for the engine.
    fileprivate func reasoningItem(with text: JSONText) -> RawJSON {
        var json = JSONWriter(reserving: bytes.count + text.escaped.count)
        json.beginObject()
        forEachMember { key, value in
            if key == "content" || key == "encrypted_content" { return }
            json.key(key)
            json.value(value)
        }
        json.key("content")
        json.beginArray()
        json.beginObject()
        json.key("type")
        json.value("reasoning_text")
        json.key("text")
        json.value(text)
        json.endObject()
        json.endArray()
        json.endObject()
        return json.raw
    }
}
