/// One thing that a profile says, as settings and documentation name it.
///
///     for field in EngineProfile.fields { print(field.name, field.values, field.default, field.meaning) }
public struct EngineProfileField: Sendable {
    /// Such as `stream-options`.
    public let name: String
    public let meaning: String
    /// How a value is written: the words to choose from, or the form.
    public let values: String
    /// Its value in the profile `generic`, as `EngineProfile.set` reads it.
    public let `default`: String

    /// Reads the value of a profile.
    let text: @Sendable (EngineProfile) -> String
    /// Changes a profile; false, and nothing is changed, when the text cannot be a value.
    let change: @Sendable (inout EngineProfile, String) -> Bool
}
