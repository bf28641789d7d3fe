/// The `config.toml` with which Codex works on a model of a Hotline server.
struct CodexConfiguration: Sendable {
    var model: ServedModel
    /// A provider of this name compacts on the running chain, with the tools it has (`compaction_trigger`); for any other Codex
    /// sends the whole conversation anew without tools, which no cache knows.
    var providerName = "OpenAI"

    init(model: ServedModel) { self.model = model }

    /// The tables that are ours. All others are Codex's or the user's.
    private static let tables = ["model_providers.hotline", "features", "analytics", "shell_environment_policy"]

    var text: String {
        let base = Quoted.json(model.baseURL)
        // They are half of the tools, and of no use to a model with a small context.
        let reduced = CodexHead.isReduced(model.contextTokens) ? "multi_agent = false\ngoals = false\n" : ""
        return """
            # Codex on a Hotline server. 'hotline codex' writes what stands here at each start, and keeps other tables.
            model = \(Quoted.json(model.name))
            model_provider = "hotline"
            web_search = "disabled"
            check_for_update_on_startup = false

            [model_providers.hotline]
            name = \(Quoted.json(providerName))
            base_url = \(base)
            model_catalog_url = \(Quoted.json("\(model.baseURL)/models"))
            env_key = "HOTLINE_API_KEY"
            wire_api = "responses"
            supports_websockets = true
            stream_idle_timeout_ms = 900000

            [features]
            api_key_model_discovery = true
            \(reduced)
            [analytics]
            enabled = false

            # Commands that the model runs do not see the server's key.
            [shell_environment_policy]
            exclude = ["HOTLINE_*"]

            """
    }

    /// The text with the tables of `old` that are not ours, such as the projects that the user trusts.
    func text(keeping old: String) -> String {
        var kept: [Substring] = []
        var isKept = false
        for line in old.split(separator: "\n", omittingEmptySubsequences: false) {
            if let table = Self.table(line) {
                isKept = !Self.tables.contains { table == $0 || table.hasPrefix("\($0).") }
                if isKept, !kept.isEmpty, kept.last != "" { kept.append("") }
            }
            if isKept { kept.append(line) }
        }
        while kept.last?.isEmpty ?? false { kept.removeLast() }
        return kept.isEmpty ? text : "\(text)\n\(kept.joined(separator: "\n"))\n"
    }

    /// The name of the table that a line opens.
    private static func table(_ line: Substring) -> String? {
        // Codex writes them without blanks before them; a list within a table has some.
        guard line.first == "[", let end = line.lastIndex(of: "]") else { return nil }
        let name = line[..<end].drop { $0 == "[" }
        return String(name.last == "]" ? name.dropLast() : name).filter { $0 != " " }
    }
}
