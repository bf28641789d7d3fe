import ResponsesAPI

extension JSONText {
    /// Texts that say something, with a separator between; nil when none does.
    init?(joining texts: [JSONText], with separator: JSONText) {
        var joined: JSONText?
        for text in texts where !text.isEmpty {
            if joined == nil {
                joined = text
            } else {
                joined?.append(separator)
                joined?.append(text)
            }
        }
        guard let joined else { return nil }
        self = joined
    }
}
