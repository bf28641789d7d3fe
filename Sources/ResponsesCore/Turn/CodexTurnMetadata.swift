import ResponsesAPI

/// What Codex says of a request in its `client_metadata` (codex 6).
struct CodexTurnMetadata {
    /// `prewarm`, `turn` or `compaction`.
    let kind: String

    /// Nil for a request that is not Codex's.
    init?(_ request: CreateRequest) {
        guard let metadata = request.extra.last(where: { $0.name == "client_metadata" })?.value,
            let text = metadata["x-codex-turn-metadata"]?.stringValue, let json = try? RawJSON(parsing: Array(text.utf8)),
            let kind = json["request_kind"]?.stringValue
        else { return nil }
        self.kind = kind
    }
}
