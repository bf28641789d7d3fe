/// A value as a person wrote it, and where.
struct GivenValue: Sendable, Hashable {
    var text: String
    var source: SettingSource
}
