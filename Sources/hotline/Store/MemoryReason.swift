/// Why stored responses are in memory only.
enum MemoryReason: Sendable, Hashable {
    /// The operator said so.
    case said
    /// Nothing is stored at all; `unused` is where a file was asked for all the same.
    case keepsNothing(unused: SettingSource?)
    case noFolder
    case unwritable(String)

    /// For the banner.
    var text: String {
        switch self {
        case .said: "in memory, until the server stops"
        case .keepsNothing: "none (\(Setting.zdr.flag)): store: true counts as false"
        case .noFolder: "in memory, until the server stops: there is no folder for state (set HOME, or name one with \(Setting.state.flag))"
        case .unwritable(let reason): "in memory, until the server stops: \(reason)"
        }
    }
}
