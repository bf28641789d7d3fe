import ResponsesAPI

/// Opens what clients were given sealed: reasoning, and the summary of a compaction.
struct ItemOpener {
    private let sealer: OwnedSealer?

    init(_ sealer: OwnedSealer?) { self.sealer = sealer }

    /// The item as it enters the conversation.
    ///
    /// Reasoning that was sealed by another server or for another owner, or changed, stays closed: it is a help and no content, and
    /// clients that keep it would send it with every further turn. Its summary stands for it.
    ///
    /// - Throws: `APIError` for a compaction that cannot be opened: without it the conversation would lose its meaning.
    func opened(_ item: Item) throws(APIError) -> Item {
        switch item.body {
        case .compaction(let sealed):
            guard let summary = sealer?.open(sealed, as: .compaction) else { throw .notOurs }
            return KeptMessages.summary(summary)
        case .reasoning(let reasoning):
            guard reasoning.content.isEmpty, let sealed = reasoning.encryptedContent else { return item }
            guard let text = sealer?.open(sealed, as: .reasoning) else { return item }
            return try Item(item.json.reasoningItem(with: text))
        default: return item
        }
    }
}

extension APIError {
    fileprivate static var notOurs: APIError {
        .invalidRequest(
            .invalidEncryptedContent,
            "This compaction could not be opened: it was made by another server or for another key, or changed. Send the items it stands "
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
