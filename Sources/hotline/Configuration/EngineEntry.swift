/// An engine in the configuration file.
struct EngineEntry: Sendable, Hashable {
    var name: String
    var place: FilePlace
    /// Its base URL, or `scripted`.
    var url: GivenValue
    var key: SecretReference?
    var profile: GivenValue?
    /// Fields of its profile, FIELD=VALUE.
    var fields: [GivenValue] = []
    var headers: [HeaderEntry] = []
    var models: [ModelEntry] = []
    /// Whether only the models that are named here can be asked for.
    var onlyNamed = false
}
