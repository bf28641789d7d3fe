/// Where a value was given; in errors it stands before what is wrong.
enum SettingSource: Sendable, Hashable, CustomStringConvertible {
    case file(FilePlace)
    case variable(String)
    case flag(String)

    /// The exit code of a value that is wrong: as the parser of flags has it, or that of a wrong configuration.
    var code: Int32 {
        switch self {
        case .file: 78
        case .variable, .flag: 64
        }
    }

    /// What wins over what: flags over variables over the file.
    var rank: Int {
        switch self {
        case .file: 0
        case .variable: 1
        case .flag: 2
        }
    }

    var description: String {
        switch self {
        case .file(let place): place.description
        case .variable(let name), .flag(let name): name
        }
    }
}
