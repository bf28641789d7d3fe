/// What stands in Claude Code's folder before it is opened for the first time.
struct ClaudeHome: Sendable {
    let folder: AgentFolder

    /// Auto mode has a server judge each call, which only its maker's does; and the questions of a first start, but for the one whether
    /// the working folder is trusted: that is the user's.
    static let files = [
        (name: "settings.json", text: #"{"disableAutoMode":"disable"}"#),
        (name: ".claude.json", text: #"{"hasCompletedOnboarding":true,"theme":"auto"}"#),
    ]

    /// - Throws: `Failure` when the user has no folder for data.
    init(environment: (String) -> String?) throws(Failure) {
        folder = try AgentFolder(of: .claude, environment: environment)
    }

    /// Makes the folder, and in it the files that are not there yet. Afterwards they are Claude Code's and the user's.
    ///
    /// - Throws: `Failure` when they cannot be written.
    func prepare() throws(Failure) {
        try folder.make()
        for file in Self.files {
            try NewFile.writeIfAbsent("\(file.text)\n", to: "\(folder.path)/\(file.name)")
        }
    }
}
