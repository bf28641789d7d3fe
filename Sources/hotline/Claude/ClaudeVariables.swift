/// The variables with which Claude Code works on a model of a Hotline server; its key and its folder come beside them.
enum ClaudeVariables {
    static let key = "ANTHROPIC_AUTH_TOKEN"
    static let folder = "CLAUDE_CONFIG_DIR"

    /// In the order in which people read them.
    static func all(_ model: ServedModel) -> [(name: String, value: String)] {
        var all = [("ANTHROPIC_BASE_URL", model.rootURL), ("ANTHROPIC_MODEL", model.name)]
        all += ["OPUS", "SONNET", "HAIKU", "FABLE"].map { ("ANTHROPIC_DEFAULT_\($0)_MODEL", model.name) }
        all.append(("CLAUDE_CODE_SUBAGENT_MODEL", model.name))
        if let tokens = model.contextTokens {
            // It takes an unknown model for one of a million tokens.
            all.append(("CLAUDE_CODE_MAX_CONTEXT_TOKENS", "\(tokens)"))
        }
        if let tokens = ClaudeHead.outputTokens(of: model) { all.append(("CLAUDE_CODE_MAX_OUTPUT_TOKENS", "\(tokens)")) }
        if (model.contextTokens ?? 0) < ClaudeHead.contextOfSearch { all.append(("ENABLE_TOOL_SEARCH", "false")) }
        return all + [
            // It differs with each first question, and would stand in front of all prompts.
            ("CLAUDE_CODE_ATTRIBUTION_HEADER", "0"), ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
            ("CLAUDE_CODE_DISABLE_TERMINAL_TITLE", "1"), ("DISABLE_AUTOUPDATER", "1"), ("API_TIMEOUT_MS", "1800000"),
        ]
    }

    /// Others that lead it elsewhere, besides all whose names begin with `ANTHROPIC_`.
    static let leadingElsewhere = [
        "CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY", "CLAUDE_CODE_OAUTH_TOKEN",
        // With it, it asks for leave with 144 kB for each action, of a model that is not here.
        "CLAUDE_CODE_AUTO_MODE_SERVER",
    ]

    /// All variables of Claude Code's process.
    ///
    /// - Parameter variables: those of this process. What leads elsewhere, keys among it, is left out.
    static func environment(_ model: ServedModel, key: String?, folder: AgentFolder, of variables: [String: String]) -> [String: String] {
        var all = AgentStart.withoutSecrets(variables).filter { name, _ in
            !name.hasPrefix("ANTHROPIC_") && !leadingElsewhere.contains(name) && name != ClientGuide.keyVariable && name != "HOTLINE_KEY"
        }
        for (name, value) in self.all(model) { all[name] = value }
        all[Self.key] = key ?? "none"
        all[Self.folder] = folder.path
        return all
    }
}
