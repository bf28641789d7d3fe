/// How the records of a stream of server-sent events are framed.
package struct StreamFraming: Sendable {
    /// Whether each record has a line with its event's name.
    package var hasNames: Bool
    /// Whether a stream that ended well closes with `[DONE]`, and one that failed.
    package var endsWithDone: (well: Bool, failed: Bool)

    package init(hasNames: Bool, endsWithDone: (well: Bool, failed: Bool)) {
        self.hasNames = hasNames
        self.endsWithDone = endsWithDone
    }

    /// Responses: "The stream must end with [DONE]" (responses-api 12).
    package static let responses = StreamFraming(hasNames: true, endsWithDone: (true, true))
}
