import LibC

/// The folder in which Codex keeps its configuration, sessions and caches when it is opened on a Hotline server. The user's own,
/// `~/.codex`, is neither read nor written.
struct CodexHome: Sendable {
    let folder: String

    /// Codex notes a line for each project there.
    private static let configurationBytesMax = 1 << 20

    /// Within the user's folder for data: Codex takes no folder for temporary files.
    ///
    /// - Throws: `Failure` when the user has no such folder.
    init(environment: (String) -> String?) throws(Failure) {
        // A relative path is none, by the rules for this variable.
        if let data = environment("XDG_DATA_HOME"), data.hasPrefix("/") {
            folder = "\(data)/hotline/codex"
        } else if let home = environment("HOME"), home.hasPrefix("/") {
            folder = "\(home)/.local/share/hotline/codex"
        } else {
            throw Failure(message: "there is no folder to keep Codex's sessions in", wayOut: "Set HOME or XDG_DATA_HOME.", code: 78)
        }
    }

    /// Makes the folder, readable by its owner only, and writes the configuration.
    ///
    /// - Throws: `Failure` when it cannot be written.
    func prepare(_ configuration: CodexConfiguration) throws(Failure) {
        try makeFolder()
        let path = "\(folder)/config.toml"
        var old = ""
        do throws(TextFile.Unreadable) {
            old = try TextFile.read(path, bytesMax: Self.configurationBytesMax)
        } catch where !error.isMissing {
            throw Failure(
                message: "'\(path)' cannot be read: \(error.reason)", wayOut: "Move it away: it is written anew at each start.", code: 73)
        } catch {}
        try NewFile.write(configuration.text(keeping: old), to: path, replaces: true)
        // Codex would take the list of models from there for minutes, whatever the server has by now.
        unlink("\(folder)/models_cache.json")
    }

    private func makeFolder() throws(Failure) {
        var path = ""
        for part in folder.split(separator: "/") {
            path += "/\(part)"
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure(path) }
        }
        guard chmod(folder, 0o700) == 0 else { throw failure(folder) }
    }

    private func failure(_ path: String) -> Failure {
        Failure(
            message: "cannot make the folder '\(path)': \(String(cString: strerror(errno)))",
            wayOut: "Set XDG_DATA_HOME to a folder that you may write to.", code: 73)
    }
}
