import SQLiteStore

extension SQLiteStoreFilter {
    /// What the flags mean together.
    ///
    /// - Parameter now: what ages are counted from, in Unix time.
    init(_ flags: FilterFlags, now: Int) throws(Failure) {
        self.init()
        model = flags.model
        for text in flags.metadata {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw .badSetting("--metadata: '\(text)' is not a pair", "Write it as KEY=VALUE.")
            }
            if let before = metadata.updateValue(parts[1], forKey: parts[0]), before != parts[1] {
                throw .badSetting("--metadata: '\(parts[0])' is to have two values", "No response has both: leave one out.")
            }
        }
        createdSince = try Self.moment(flags.since, "--since", now: now)
        createdBefore = try Self.moment(flags.until, "--until", now: now)
        if let given = flags.status {
            guard FilterFlags.statuses.contains(given) else {
                throw .badSetting("--status: '\(given)' is not a status", "Choose one of \(FilterFlags.statuses.joined(separator: ", ")).")
            }
            status = given
        }
    }

    private static func moment(_ text: String?, _ flag: String, now: Int) throws(Failure) -> Int? {
        guard let text else { return nil }
        guard let moment = CalendarTime.read(text, now: now) else {
            throw .badSetting("\(flag): '\(text)' is not a time", "Write \(CalendarTime.form).")
        }
        return moment
    }

    /// Whether every response is meant.
    var isEmpty: Bool { self == SQLiteStoreFilter() }
}
