import LibC

/// What is written into Codex's folder before it is opened.
struct CodexHome: Sendable {
    let folder: AgentFolder

    /// Codex notes a line for each project there.
    private static let configurationBytesMax = 1 << 20

    /// - Throws: `Failure` when the user has no folder for data.
    init(environment: (String) -> String?) throws(Failure) {
        folder = try AgentFolder(of: .codex, environment: environment)
    }

    /// Makes the folder and writes the configuration.
    ///
    /// - Throws: `Failure` when it cannot be written.
    func prepare(_ configuration: CodexConfiguration) throws(Failure) {
        try folder.make()
        let path = "\(folder.path)/config.toml"
        var old = ""
        do throws(TextFile.Unreadable) {
            old = try TextFile.read(path, bytesMax: Self.configurationBytesMax)
        } catch where !error.isMissing {
            throw Failure(
                message: "'\(path)' cannot be read: \(error.reason)", wayOut: "Move it away: it is written anew at each start.", code: 73)
        } catch {}
        try NewFile.write(configuration.text(keeping: old), to: path, replaces: true)
        // Codex would take the list of models from there for minutes, whatever the server has by now.
        unlink("\(folder.path)/models_cache.json")
    }
}
