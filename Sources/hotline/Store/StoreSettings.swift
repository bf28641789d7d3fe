import SQLiteStore

/// What is said of stored responses: where they are kept, for how long, and how much of them.
struct StoreSettings: Sendable {
    /// Nil when nothing was said.
    var place: StorePlace?
    /// Where the place was given.
    var source: SettingSource?
    /// How a file keeps them.
    var file = SQLiteStore.Configuration()
    /// Whether nothing is stored, whoever asks for it.
    var keepsNothing = false

    init(_ sources: SettingSources) throws(Failure) {
        if let given = sources.last(.store) {
            place = try StorePlace(given)
            source = given.source
        }
        if let given = sources.last(.storeRetention) { file.retention = try Self.retention(given) }
        if let given = sources.last(.storeSize) {
            guard let bytes = LimitSetting.bytes(given.text) else {
                throw .wrong(given.source, "'\(given.text)' is not a size", "Write \(LimitSetting.bytesForm).")
            }
            file.bytesMax = bytes
        }
        if let given = sources.last(.storeSync) {
            let modes = SQLiteStore.Configuration.Synchronous.allCases
            guard let mode = modes.first(where: { "\($0)" == given.text.lowercased() }) else {
                throw .wrong(
                    given.source, "'\(given.text)' is not a \(Setting.storeSync.valueName)",
                    "Choose \(modes.map { "\($0)" }.joined(separator: " or ")).")
            }
            file.synchronous = mode
        }
        if let given = sources.last(.zdr) {
            guard let isYes = YesNo.read(given.text) else {
                throw .wrong(given.source, "'\(given.text)' is neither yes nor no", "Set it to yes or no.")
            }
            keepsNothing = isYes
        }
    }

    private static func retention(_ given: GivenValue) throws(Failure) -> Duration? {
        if given.text.lowercased() == "never" { return nil }
        guard let age = Age.read(given.text) else {
            throw .wrong(given.source, "'\(given.text)' is not an age", "Write \(Age.form), or never.")
        }
        return age
    }
}
