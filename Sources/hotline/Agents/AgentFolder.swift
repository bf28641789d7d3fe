import LibC

/// The folder in which an agent keeps its configuration, sessions and caches when it is opened on a Hotline server. The one that it usually
/// has in the user's home is neither read nor written.
struct AgentFolder: Sendable, Hashable {
    let path: String

    /// Within the user's folder for data: Codex takes no folder for temporary files.
    ///
    /// - Throws: `Failure` when the user has no such folder.
    init(of program: AgentProgram, environment: (String) -> String?) throws(Failure) {
        // A relative path is none, by the rules for this variable.
        if let data = environment("XDG_DATA_HOME"), data.hasPrefix("/") {
            path = "\(data)/hotline/\(program.name)"
        } else if let home = environment("HOME"), home.hasPrefix("/") {
            path = "\(home)/.local/share/hotline/\(program.name)"
        } else {
            throw Failure(
                message: "there is no folder to keep the sessions of \(program.title) in", wayOut: "Set HOME or XDG_DATA_HOME.", code: 78)
        }
    }

    /// Makes it, with all above it, readable by its owner only.
    ///
    /// - Throws: `Failure` when that cannot be done.
    func make() throws(Failure) {
        var part = ""
        for name in path.split(separator: "/") {
            part += "/\(name)"
            guard mkdir(part, 0o700) == 0 || errno == EEXIST else { throw failure(part) }
        }
        guard chmod(path, 0o700) == 0 else { throw failure(path) }
    }

    private func failure(_ path: String) -> Failure {
        Failure(
            message: "cannot make the folder '\(path)': \(String(cString: strerror(errno)))",
            wayOut: "Set XDG_DATA_HOME to a folder that you may write to.", code: 73)
    }
}
