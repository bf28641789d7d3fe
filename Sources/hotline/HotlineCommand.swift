import ArgumentParser

/// `hotline`: the server on the command line.
@main
struct HotlineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hotline",
        abstract: "The Responses API over one open line, in front of any model engine.",
        discussion: """
            Start a server with 'hotline serve'. Without an engine it looks for one on the usual local ports, and serves its \
            built-in scripted engine when none answers.
            """,
        version: "hotline \(Version.current)",
        subcommands: [ServeCommand.self])
}

enum Version {
    static let current = "0.1.0"
}
