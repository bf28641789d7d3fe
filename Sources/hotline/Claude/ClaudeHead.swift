/// What Claude Code sends before the conversation, and whether a model's context has room for it.
enum ClaudeHead {
    /// The tools with which it works in a small context.
    static let toolsOfSmall = "Bash,Read,Edit,Write,Glob,Grep"

    /// Tokens of Claude Code 2.1.332's first request with these six. All of its tools take 17,200: with them, in a context of 32,768, it
    /// compacts after every call.
    static let tokensOfSmall = 4800

    /// Below this context it gets the six, and shorter answers.
    static let contextOfAll = 65_536

    /// From this context on it looks most of its tools up when it needs them, which the engine then has to read where they are found. Below,
    /// all are sent at once, and stay the same for the session.
    static let contextOfSearch = 128_000

    /// What an answer may take, and as much is kept free; nil when the context is not known.
    static func outputTokens(of model: ServedModel) -> Int? {
        model.contextTokens.map { min($0 < contextOfAll ? outputTokensOfSmall : 8192, model.outputTokensMax ?? .max) }
    }

    private static let outputTokensOfSmall = 4096

    /// It compacts when less than this and an answer is left.
    static let tokensKeptFree = 13_000

    /// The smallest context that it works in: what it keeps free, its head, and a question with some results of tools.
    static let contextMin = tokensKeptFree + outputTokensOfSmall + tokensOfSmall + roomMin

    private static let roomMin = 2048

    /// Why it is not opened on a model; nil when it is, also when the context is not known.
    static func refusal(of model: ServedModel) -> Failure? {
        guard let tokens = model.contextTokens, tokens < contextMin else { return nil }
        return Failure(
            message: "Claude Code sends about \(tokensOfSmall) tokens first and keeps \(tokensKeptFree + outputTokensOfSmall) free; with "
                + "\(roomMin) for a question it needs a context of \(contextMin), and '\(model.name)' has \(tokens)",
            wayOut: "Start the engine with a larger context or fewer slots, choose another model with --model, or open it all the same "
                + "with --any-context.", code: 69)
    }

    /// Why its sizes do not count for a model; nil when they do.
    static func warning(of model: ServedModel) -> String? {
        guard model.name.hasPrefix("claude-") || model.name.contains("[1m]") else {
            if model.contextTokens != nil { return nil }
            return "The server does not know the context of '\(model.name)', and Claude Code takes it for a million tokens: it will not compact "
                + "in time. Its operator can say it in hotline.yaml: models: {\(Quoted.json(model.name)): {context: 32k}}.\n"
        }
        return "Claude Code takes '\(model.name)' for a model that it knows, whatever context it has here: give it another name under "
            + "'models' in hotline.yaml.\n"
    }

    /// What it is given: for a small context the six tools, unless its user chose some.
    static func arguments(_ given: [String], contextTokens: Int?) -> [String] {
        guard let contextTokens, contextTokens < contextOfAll else { return given }
        let options = given.prefix { $0 != "--" }
        let isChosen = options.contains { $0 == "--tools" || $0.hasPrefix("--tools=") || $0 == "--bare" }
        // In one word, as all words behind the option would be tools.
        return isChosen ? given : ["--tools=\(toolsOfSmall)"] + given
    }
}
