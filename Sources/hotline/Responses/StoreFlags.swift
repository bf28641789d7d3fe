import ArgumentParser

/// Where stored responses are, for the commands that read them: said as for `hotline serve`.
struct StoreFlags: ParsableArguments {
    @Option(help: ArgumentHelp("The configuration file. (default: the one that 'hotline serve' finds)", valueName: "file"))
    var config: String?

    @Option(
        name: Setting.state.spelling,
        help: ArgumentHelp("The server's folder for state, also as \(Setting.state.variable).", valueName: "folder"))
    var state: String?

    @Option(
        name: Setting.store.spelling,
        help: ArgumentHelp("The file, as sqlite:PATH, also as \(Setting.store.variable).", valueName: "place"))
    var store: String?

    /// The file that a server with the same settings would use.
    ///
    /// - Throws: `Failure` when there is none: its responses are in memory.
    func path(environment: @escaping @Sendable (String) -> String? = ProcessVariable.value) throws -> String {
        var flags = try ServeFlags.parse([])
        flags.state = state
        flags.store = store
        let file = try ConfigurationFile.load(flag: config, environment: environment)
        let sources = SettingSources(flags: flags, file: file, environment: environment)
        var settings = try StoreSettings(sources)
        // What was stored before nothing was to be kept can still be looked at, and deleted.
        settings.keepsNothing = false
        switch try StorePlan.make(settings, folder: StateFolder(named: sources.last(.state)?.text, environment: environment)) {
        case .file(let path, _): return path
        case .memory(.noFolder):
            throw Failure(
                message: "there is no folder for state: neither \(Setting.state.flag) nor HOME is set",
                wayOut: "Name the folder with \(Setting.state.flag), or the file with \(Setting.store.flag) sqlite:PATH.", code: 66)
        case .memory:
            throw Failure(
                message: "\(settings.source.map { "\($0)" } ?? Setting.store.flag): responses in memory are in no file",
                wayOut: "Ask the server for them (GET /v1/responses/ID), or name a file with \(Setting.store.flag) sqlite:PATH.", code: 66)
        }
    }
}
