/// What Codex sends before the conversation: its tools, instructions and rules, and whether a model's context has room for them.
enum CodexHead {
    /// Tokens of Codex 0.163's first request with our entry of the catalog: 20 kB of tools and messages, counted by a tokenizer of 49,000
    /// words. Those of large models have more words and need fewer tokens.
    static let tokens = 4700
    /// The same without what small models cannot use: agents that start agents, and goals.
    static let tokensReduced = 2000

    /// Below this context the head is reduced: it would take a seventh of it and more.
    private static let contextOfWhole = 32_768

    static func isReduced(_ contextTokens: Int?) -> Bool { contextTokens.map { $0 < contextOfWhole } ?? false }

    /// The smallest context that Codex works in. Of a small one, half is used before Codex compacts: that half has to hold the head and a
    /// question with some answers of tools.
    static let contextMin = 2 * (tokensReduced + 1024)

    /// Why Codex is not opened on a model; nil when it is, also when the context is not known.
    static func refusal(of model: ServedModel) -> Failure? {
        guard let tokens = model.contextTokens, tokens < contextMin else { return nil }
        return Failure(
            message: "Codex's first request takes about \(tokensReduced) tokens, so it needs a context of \(contextMin) to work in; "
                + "'\(model.name)' has \(tokens)",
            wayOut: "Start the engine with a larger context or fewer slots, choose another model with --model, or open Codex all the "
                + "same with --any-context.", code: 69)
    }
}
