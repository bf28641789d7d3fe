import ResponsesServer

/// One engine as it is to be served.
struct EngineSettings: Sendable {
    enum Place: Sendable, Hashable {
        case scripted
        case url(String)
        /// A model file, behind a process of our own.
        case gguf(String)
        /// The demo model, set up where it is not there.
        case demo
        /// Whatever runs on this machine.
        case find
    }

    /// Its name in the file; nil for one that a flag or a variable names by its address.
    var name: String?
    var place: Place
    /// Where its address was given.
    var source: SettingSource?
    /// The key that it wants, and where that was kept.
    var key: String?
    var keySource: String?
    var profile: GivenValue?
    /// Fields of the profile, FIELD=VALUE.
    var fields: [GivenValue] = []
    var headers: [(name: String, value: String)] = []
    /// Models given by hand, by the names clients use.
    var models: [String: NamedModel] = [:]
    var onlyNamed = false

    init(_ place: Place, source: SettingSource? = nil) {
        self.place = place
        self.source = source
    }

    init(_ url: GivenValue) {
        self.init(url.text == "scripted" ? .scripted : .url(url.text), source: url.source)
    }
}
