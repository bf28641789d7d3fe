import ArgumentParser

/// `hotline connect`: writes down how a client is connected to a running server.
struct ConnectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect", abstract: "Print the configuration that connects a client to a running server.",
        discussion: """
            Without a name it lists the clients. With one it prints exactly what that client needs for this server and model, with \
            the model's context; where it belongs is said on standard error. It holds no key: clients read HOTLINE_API_KEY, which \
            this command sends to the server, too. HOTLINE_SERVER names the server as --server does.
            """)

    @Argument(help: "The client, such as codex.")
    var name: String?

    @Option(help: ArgumentHelp("The model to use. (default: the first that the server lists)", valueName: "name"))
    var model: String?

    @Option(help: ArgumentHelp("The server's base URL. (default: http://127.0.0.1:8484/v1)", valueName: "url"))
    var server: String?

    @Option(help: ArgumentHelp("Write it to this file, which must not be there yet.", valueName: "file"))
    var write: String?

    @Flag(help: "Let --write replace a file that is there.")
    var force = false

    func run() async throws {
        do {
            try await connect()
        } catch let failure as Failure {
            failure.exit()
        }
    }

    private func connect() async throws {
        guard let name else { return try Standard.print(Self.list) }
        guard let guide = ClientGuide.named(name) else {
            let names = ClientGuide.all.map(\.name).joined(separator: ", ")
            throw Failure.badSetting("no client is called '\(name)'", "It is one of \(names).")
        }
        let question = try ServerQuestion(server: server, environment: ProcessVariable.value)
        guard let listed = try await question.models() else {
            throw Failure(
                message: "nothing listens at \(question.baseURL)",
                wayOut: "Start a server with 'hotline serve', or name a running one with --server or \(ServerQuestion.variable).", code: 69)
        }
        let chosen = try question.choose(model, of: listed)
        guard try await question.serves(guide.wire) else { throw Self.lacks(guide, question.baseURL) }
        let text = guide.text(chosen)
        if let write {
            try NewFile.write(text, to: write, replaces: force)
        } else {
            try Standard.print(text)
        }
        Standard.error(Self.note(guide, chosen, file: write))
    }

    /// The clients, each with the protocol that it speaks and what it is.
    static var list: String {
        func width(_ column: (ClientGuide) -> String) -> Int { ClientGuide.all.map { column($0).count }.max() ?? 0 }
        let (names, protocols) = (width(\.name), width(\.wire.title))
        let lines = ClientGuide.all.map { guide in
            let name = guide.name + String(repeating: " ", count: names - guide.name.count + 2)
            let spoken = guide.wire.title + String(repeating: " ", count: protocols - guide.wire.title.count + 2)
            return "\(name)\(spoken)\(guide.title)\n"
        }
        return lines.joined()
    }

    static func lacks(_ guide: ClientGuide, _ url: String) -> Failure {
        Failure(
            message: "\(guide.title) speaks the \(guide.wire.title), which the server at \(url) does not serve",
            wayOut: "Start a newer Hotline there, or use a client of another protocol: 'hotline connect' lists them.", code: 69)
    }

    static func note(_ guide: ClientGuide, _ model: ServedModel, file: String?) -> String {
        var text = (file == nil ? "\n" : "") + "\(guide.place(in: file))\n"
        if let warning = guide.warning(of: model) { text += warning }
        // What has no place for sizes works without.
        var sized = model
        sized.contextTokens = 65_536
        if model.contextTokens == nil, guide.text(sized) != guide.text(model) {
            text += "The server does not know the context of '\(model.name)', so no sizes are given. Its operator can say it in hotline.yaml: "
                + "models: {\(Quoted.json(model.name)): {context: 32k}}.\n"
        }
        return text
    }
}
