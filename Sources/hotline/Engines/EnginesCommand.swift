import ArgumentParser

/// `hotline engines`: which engines there are, and how well they work.
struct EnginesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engines", abstract: "List the engines that are configured or run on this machine, or try one out.",
        subcommands: [EnginesListCommand.self, EnginesTryCommand.self, EnginesProfileCommand.self], defaultSubcommand: EnginesListCommand.self)
}
