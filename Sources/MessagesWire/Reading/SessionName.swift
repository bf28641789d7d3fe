import ResponsesAPI

/// The session in `metadata.user_id`: Claude Code writes JSON there, and before `user_…_account_…_session_…`; others write the name of a
/// user, which places as well (anthropic-messages 3).
struct SessionName: Sendable {
    let text: String

    init(userID: String) {
        if userID.hasPrefix("{"), let session = (try? RawJSON(parsing: userID))?["session_id"]?.stringValue, !session.isEmpty {
            text = session
        } else if let session = Self.afterMark(userID) {
            text = session
        } else {
            text = userID
        }
    }

    private static func afterMark(_ id: String) -> String? {
        let mark = "_session_"
        guard id.hasPrefix("user_"), let place = id.ranges(of: mark).last else { return nil }
        let session = id[place.upperBound...]
        return session.isEmpty ? nil : String(session)
    }
}
