import ResponsesAPI

/// What `GET /v1/responses/{id}` is asked for beside the id (responses-api 1).
struct RetrieveQuery: Sendable, Hashable {
    /// Known names; everything that is kept is shown, whatever they are.
    var include: [String]
    /// Whether the events are wanted, not the object.
    var stream: Bool
    /// The `sequence_number` of the last event that the client has; nil for none. Only with `stream`.
    var startingAfter: Int?
    /// Accepted; this server pads nothing.
    var includeObfuscation: Bool?

    /// - Throws: `APIError` naming the field.
    init(_ query: RequestQuery) throws(APIError) {
        include = try query.include()
        stream = try query.bool("stream") ?? false
        startingAfter = try query.int("starting_after", in: 0...1 << 53)
        includeObfuscation = try query.bool("include_obfuscation")
        if startingAfter != nil, !stream {
            throw .wrongValue("starting_after", "it is for streams. Send 'stream=true' as well, or leave it out.")
        }
    }
}
