import ResponsesAPI

/// What says which requests belong to one conversation, so that they meet the same cache (chat-completions 9.3).
enum PlacementKey {
    /// Header fields in which clients name their session; the first of pi and opencode, the last of Mistral Vibe.
    private static let headers = ["x-session-affinity", "x-session-id", "session-id", "session_id", "x-affinity"]
    /// A longer one is no name of a session. OpenAI's keys have 64 characters.
    private static var bytesMax: Int { 256 }

    static func of(_ request: CreateRequest, _ header: (String) -> String?) -> String? {
        if let key = request.promptCacheKey, !key.isEmpty { return key }
        for name in headers {
            if let value = header(name), (1...bytesMax).contains(value.utf8.count) { return value }
        }
        return nil
    }
}
