/// How one client is connected: what it is, which protocol it speaks, and what is to be written where.
struct ClientGuide: Sendable {
    /// What `hotline connect` is given.
    let name: String
    let title: String
    /// Which the server must have.
    let wire: SpokenProtocol
    /// What is written, and in which language.
    let form: Form
    /// Tokens of its first request, of four bytes each; nil where that is little, or not known.
    var firstTokens: Int?
    /// The smallest context that it works in, where it says so itself.
    var contextMin: Int?
    /// The file that it is usually kept in; nil for what is a part of another.
    var saved: String?
    /// What comes then, and how the client is started. For people. FILE stands for the file, FOLDER for the folder that it is in.
    let place: String
    /// Ends with a line break. Holds no key: each client is told in which variable it is.
    let text: @Sendable (ServedModel) -> String

    enum Form: String, Sendable {
        case toml, json, yaml, shell, python, javaScript, swift
        /// Fields of a dialog.
        case fields
    }

    /// The variable that holds the key for the server, in every configuration.
    static let keyVariable = "HOTLINE_API_KEY"

    static let all = [codex, claude] + agents + others + editors + libraries + otherLibraries

    /// Where it goes and how the client is started.
    ///
    /// - Parameter file: what it was written to; nil when it was printed.
    func place(in file: String?) -> String {
        guard let file else { return (saved.map { "Save it as \($0). " } ?? "") + filled(place, saved) }
        let isElsewhere = saved.map { $0.hasPrefix("FOLDER/") && file.split(separator: "/").last != $0.split(separator: "/").last } ?? false
        return "Written to \(file). " + (isElsewhere ? "It belongs in \(saved ?? ""). " : "") + filled(place, isElsewhere ? nil : file)
    }

    private func filled(_ text: String, _ file: String?) -> String {
        guard let file else { return text }
        // Names without a slash are looked for elsewhere by some of the commands.
        let path = file.contains("/") ? file : "./\(file)"
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        return text.replacing("FILE", with: path).replacing("FOLDER", with: folder.isEmpty ? "/" : folder)
    }

    /// Why the client does not work on a model; nil when it may.
    func warning(of model: ServedModel) -> String? {
        guard let context = model.contextTokens, let prompt = model.promptTokens else { return nil }
        if let contextMin, context < contextMin {
            return "It needs a context of \(contextMin) tokens, and '\(model.name)' has \(context).\n"
        }
        guard let firstTokens, prompt < firstTokens + Self.roomMin else { return nil }
        return "Its first request takes about \(firstTokens) tokens. '\(model.name)' has a context of \(context), of which \(prompt) are for "
            + "prompts: that leaves no room to work in.\n"
    }

    /// For a question and some results of tools.
    private static var roomMin: Int { 2048 }

    static func named(_ name: String) -> ClientGuide? { all.first { $0.name == name } }
}
