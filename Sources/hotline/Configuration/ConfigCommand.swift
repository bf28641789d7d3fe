import ArgumentParser

/// `hotline config`: what the configuration file says, and what comes of it.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check or show what 'hotline serve' is given.",
        subcommands: [ConfigCheckCommand.self, ConfigShowCommand.self, ConfigSettingsCommand.self])
}
