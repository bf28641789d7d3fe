import ArgumentParser

/// `hotline config check`: reads the file as `serve` would, and lists all that is wrong.
struct ConfigCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Read the configuration file and list all that is wrong in it.",
        discussion: "Ends with 0 when it can be served, with 78 when something in it is wrong, with 66 when it cannot be read.")

    @OptionGroup var flags: ServeFlags

    func run() async throws {
        do {
            try check()
        } catch let failure as Failure {
            failure.exit()
        }
    }

    private func check() throws {
        guard let (path, text) = try ConfigurationFile.find(flag: flags.config, environment: ProcessVariable.value) else {
            Standard.output("There is no configuration file; flags, variables and defaults are used.\n")
            return
        }
        let (file, problems) = ConfigurationReader.read(text, path: path)
        guard problems.isEmpty else {
            Standard.error(problems.map { "\($0.place): \($0.message)\n  \($0.wayOut)\n" }.joined())
            throw ExitCode(78)
        }
        Standard.output(Self.text(file, try ServeSettings(flags, file: file)))
    }

    /// What a person reads of a file that is right.
    static func text(_ file: ConfigurationFile, _ settings: ServeSettings) -> String {
        func count(_ number: Int, _ one: String) -> String { "\(number) \(one)\(number == 1 ? "" : "s")" }
        let models = settings.engines.reduce(0) { $0 + $1.models.count } + settings.aliases.count
        return "\(file.path) is right: \(count(file.engines.count, "engine")), \(count(models, "name")) of models, "
            + "\(count(file.keys.count, "key")).\n"
    }
}
