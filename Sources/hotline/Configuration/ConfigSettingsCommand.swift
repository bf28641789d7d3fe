import ArgumentParser

/// `hotline config settings`: the table of all settings, as the documentation has it.
struct ConfigSettingsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "List all settings, with their flags, variables and keys in the file.")

    func run() async throws { Standard.output(Self.text) }

    /// A Markdown table.
    static var text: String {
        "| in the file | flag | variable | default | meaning |\n| --- | --- | --- | --- | --- |\n"
            + Setting.all.map { setting in
                let meaning = setting.meaning + (setting.form == .list || setting.form == .pairs ? " (several)" : "")
                return "| \(setting.place) | `\(setting.flag)` | `\(setting.variable)` | \(setting.usual ?? "none") | \(meaning) |\n"
            }.joined()
    }
}

extension Setting {
    /// Where it stands in the file.
    fileprivate var place: String {
        switch self {
        case .engineKey: "under `engines`"
        case .model: "`models`"
        case .apiKey: "`keys`"
        default: key.map { "`\($0)`" } ?? "none"
        }
    }
}
