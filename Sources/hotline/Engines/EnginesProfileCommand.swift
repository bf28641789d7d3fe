import ArgumentParser
import OpenAICompatibleEngine

/// `hotline engines profile`: the fields of a profile, with their values.
struct EnginesProfileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "Show how engines are spoken to: the fields of a profile.",
        discussion: "Change a field with 'hotline serve --engine-set FIELD=VALUE', or under 'set' of the engine in the file.")

    @Argument(help: "The profile's name. (default: generic)")
    var name: String?

    func run() async throws {
        guard let profile = EngineProfile(named: name ?? "generic") else {
            Failure.badSetting("there is no profile '\(name ?? "")'", NearestName.hint(name ?? "", in: EngineProfile.names)).exit()
        }
        Standard.output(Self.text(profile))
    }

    /// A Markdown table.
    static func text(_ profile: EngineProfile) -> String {
        "Profile \(profile.name). Others: \(EngineProfile.names.filter { $0 != profile.name }.joined(separator: ", ")).\n\n"
            + "| field | value | values | meaning |\n| --- | --- | --- | --- |\n"
            + EngineProfile.fields.map { field in
                "| `\(field.name)` | \(profile.value(of: field.name) ?? field.default) | \(field.values) | \(field.meaning) |\n"
            }.joined()
    }
}
