import ArgumentParser

/// `hotline`: the server and its clients on the command line.
struct HotlineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hotline",
        abstract: "The Responses API over one open line, Chat Completions and the Messages API, in front of any model engine.",
        discussion: """
            Start a server with 'hotline serve'. Without an engine it looks for one on the usual local ports, and serves its \
            built-in scripted engine when none answers; '--gguf MODEL.gguf' serves a model file, '--demo-model' a small model that it \
            sets up itself. Open Codex on it with 'hotline codex', Claude Code with 'hotline claude', connect other clients with \
            'hotline connect', talk to it with 'hotline chat'; see what the line saves an agent with 'hotline bench'.
            """,
        version: "hotline \(Version.current)",
        subcommands: [
            ServeCommand.self, CodexCommand.self, ClaudeCommand.self, ConnectCommand.self, EnginesCommand.self, ConfigCommand.self,
            LimitsCommand.self, ResponsesCommand.self, StoreCommand.self, ChatCommand.self, BenchCommand.self,
        ])
}
