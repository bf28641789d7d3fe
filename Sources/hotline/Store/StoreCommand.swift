import ArgumentParser

/// `hotline store`: the file that responses are stored in.
struct StoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "Check, measure or shrink the file that responses are stored in.",
        discussion: "The file is the one that 'hotline serve' would use. Checking and measuring work while a server runs.",
        subcommands: [StoreCheckCommand.self, StoreStatsCommand.self, StoreVacuumCommand.self])
}
