import ArgumentParser

/// `hotline config show`: what file, variables and flags mean together.
struct ConfigShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what file, variables and flags mean together, without secrets.")

    @OptionGroup var flags: ServeFlags

    func run() async throws {
        do {
            let file = try ConfigurationFile.load(flag: flags.config, environment: ProcessVariable.value)
            Standard.output(ConfigurationText(try ServeSettings(flags, file: file)).text)
        } catch let failure as Failure {
            failure.exit()
        }
    }
}
