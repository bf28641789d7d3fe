import ResponsesServer

/// What is served, as a configuration file without its secrets. Each line says where its value comes from.
struct ConfigurationText {
    /// Stands for what is shown to nobody.
    static let mask = "***"

    private(set) var text = ""

    init(_ settings: ServeSettings) {
        let sources = settings.sources
        text = sources.file.map { "# \($0.path), variables, flags and defaults; secrets are not shown\n" }
            ?? "# variables, flags and defaults (there is no file); secrets are not shown\n"
        for setting in Setting.all where setting.key != nil && !Self.ofEngines.contains(setting) { write(setting, sources) }
        text += "engines:\n"
        for engine in settings.engines { write(engine) }
        if !settings.aliases.isEmpty {
            text += "models:\n"
            for (name, model) in settings.aliases.sorted(by: { $0.key < $1.key }) { line(2, name, model) }
        }
        writeKeys(sources)
    }

    /// Shown with the engine that they are for.
    private static let ofEngines: Set<Setting> = [.engine, .engineProfile, .engineSet, .engineHeader]

    private mutating func line(_ indent: Int, _ key: String, _ value: String, _ comment: String? = nil) {
        let line = String(repeating: " ", count: indent) + "\(Self.scalar(key)):" + (value.isEmpty ? "" : " \(Self.scalar(value))")
        let space = String(repeating: " ", count: max(2, 44 - line.count))
        text += line + (comment.map { "\(space)# \($0)" } ?? "") + "\n"
    }

    /// Quoted where YAML would read something else; nothing of it can end the line.
    static func scalar(_ text: String) -> String {
        let isPlain =
            !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !#"#'"{}[],&*!|>%@`\"#.utf8.contains($0) }
            && !text.hasSuffix(":") && !["-", "?", ":", "~", "null"].contains(text)
        if isPlain || text == Self.mask { return text == Self.mask ? "'\(text)'" : text }
        return "\"" + text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F: "\\u" + String(scalar.value + 0x10000, radix: 16).dropFirst()
            default: String(scalar)
            }
        }.joined() + "\""
    }

    private mutating func write(_ setting: Setting, _ sources: SettingSources) {
        let given = sources.all(setting)
        let key = setting.key ?? setting.name
        guard let last = given.last else {
            // What is not there by default has no line.
            if let usual = setting.usual, setting.form == .text || setting.form == .yesNo { line(0, key, usual, "default") }
            return
        }
        switch setting.form {
        case .text, .yesNo: line(0, key, last.text, "\(last.source)")
        case .list:
            line(0, key, "")
            for value in given {
                text += "  - \(Self.scalar(value.text))  # \(value.source)\n"
            }
        case .pairs:
            line(0, key, "")
            writePairs(given, indent: 2)
        }
    }

    private mutating func writePairs(_ given: [GivenValue], indent: Int) {
        var seen: Set<String> = []
        // The last of a name holds.
        for value in given.reversed() {
            let parts = value.text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, seen.insert(parts[0]).inserted else { continue }
            line(indent, parts[0], parts[1], "\(value.source)")
        }
    }

    private mutating func write(_ engine: EngineSettings) {
        line(2, engine.name ?? "engine", "", engine.source.map { "\($0)" } ?? "default")
        switch engine.place {
        case .scripted: line(4, "url", "scripted")
        // A query may hold a key.
        case .url(let url): line(4, "url", url.contains("?") ? "\(url.prefix { $0 != "?" })?\(Self.mask)" : url)
        case .gguf(let path): line(4, "gguf", path)
        case .demo: line(4, "url", DemoModel.name, "the demo model")
        case .find: line(4, "url", "found", "whatever answers on this machine")
        }
        if let profile = engine.profile { line(4, "profile", profile.text, "\(profile.source)") }
        if engine.key != nil { line(4, "key", Self.mask, engine.keySource) }
        if !engine.fields.isEmpty {
            line(4, "set", "")
            writePairs(engine.fields, indent: 6)
        }
        if !engine.headers.isEmpty {
            line(4, "headers", "")
            for (name, _) in engine.headers { line(6, name, Self.mask) }
        }
        if engine.onlyNamed { line(4, "only-these-models", "yes") }
        guard !engine.models.isEmpty else { return }
        line(4, "models", "")
        for (name, model) in engine.models.sorted(by: { $0.key < $1.key }) {
            line(6, name, "")
            line(8, "name", model.name)
            if let tokens = model.contextTokens { line(8, "context", "\(tokens)") }
        }
    }

    private mutating func writeKeys(_ sources: SettingSources) {
        let now = sources.all(.apiKey)
        let entries = sources.file?.keys ?? []
        guard !now.isEmpty || !entries.isEmpty else { return }
        line(0, "keys", "")
        for entry in entries {
            line(2, entry.name, "", "\(entry.place)")
            switch entry.secret.kept {
            case .variable(let name): line(4, "env", name)
            case .file(let path): line(4, "file", path)
            // Who has the hash can look for the key.
            case .sha256: line(4, "sha256", Self.mask)
            }
            if let models = entry.rights.models {
                text += "    models: [\(models.sorted().map(Self.scalar).joined(separator: ", "))]\n"
            }
            if let share = entry.rights.memoryShare { line(4, "memory", "\(share)") }
            if !entry.rights.mayStore { line(4, "storage", "no") }
            if !entry.rights.mayRemember { line(4, "prefix-memory", "no") }
        }
        for (index, key) in now.enumerated() { text += "  # key \(index + 1) from \(key.source): \(Self.mask)\n" }
    }
}
