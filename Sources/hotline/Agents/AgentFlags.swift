import ArgumentParser

/// What every command that opens an agent is given: where the model is.
struct AgentFlags: ParsableArguments {
    @Option(help: ArgumentHelp("The model to use. (default: the first that the server lists)", valueName: "name"))
    var model: String?

    @Option(help: ArgumentHelp("The base URL of a running server.", valueName: "url"))
    var server: String?

    @Option(
        help: ArgumentHelp(
            "Serve this engine for the length of the session: its base URL, 'scripted', or its name in the configuration file.",
            valueName: "url"))
    var engine: String?

    @Flag(help: "Open the agent although the model's context is too small for it.")
    var anyContext = false
}
