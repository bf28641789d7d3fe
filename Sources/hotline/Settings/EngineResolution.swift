import OpenAICompatibleEngine
import ResponsesServer

/// Which engines are served, and by which names: flags and variables over the file.
struct EngineResolution {
    let sources: SettingSources
    private(set) var engines: [EngineSettings] = []
    /// Further names of models.
    private(set) var aliases: [String: String] = [:]

    init(_ sources: SettingSources) throws(Failure) {
        self.sources = sources
        try chooseEngines()
        try giveModels()
        try addGivenNow()
        for engine in engines {
            if case .url(let url) = engine.place { _ = try EngineChoice.address(url, engine) }
            try engine.checkProfile()
        }
        for value in sources.all(.model) {
            let parts = value.text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else {
                throw .wrong(value.source, "'\(value.text)' names no model", "Write it as NAME=ENGINE-MODEL.")
            }
            aliases[String(parts[0])] = String(parts[1])
        }
    }

    private var file: ConfigurationFile? { sources.file }

    private mutating func chooseEngines() throws(Failure) {
        let entries = file?.engines ?? []
        if let own = try ownEngine() {
            engines = [own]
            return
        }
        if let given = sources.last(.engine) {
            guard let entry = entries.first(where: { $0.name == given.text }) else {
                engines = [EngineSettings(given)]
                return
            }
            engines = [try settings(entry)]
            return
        }
        guard entries.count <= EnginesByModel.membersMax else {
            throw ConfigurationProblem(
                place: entries[EnginesByModel.membersMax].place, message: "more than \(EnginesByModel.membersMax) engines",
                wayOut: "Serve the others with a server of their own.").failure
        }
        for entry in entries { engines.append(try settings(entry)) }
        if engines.isEmpty { engines = [EngineSettings(.find)] }
    }

    /// The engine whose process this server starts, where that is what counts.
    private func ownEngine() throws(Failure) -> EngineSettings? {
        var demo = sources.last(.demoModel)
        if let given = demo, try DemoChoice(given) != .yes { demo = nil }
        let given = [(Setting.engine, sources.last(.engine)), (.gguf, sources.last(.gguf)), (.demoModel, demo)]
            .compactMap { setting, value in value.map { (setting, $0) } }
        guard let rank = given.map(\.1.source.rank).max() else { return nil }
        let chosen = given.filter { $0.1.source.rank == rank }
        guard chosen.count == 1, let (setting, value) = chosen.first else {
            throw .wrong(
                chosen[1].1.source, "\(chosen.map { "'\($0.0.name)'" }.joined(separator: " and ")) name an engine each",
                "Leave one of them out.")
        }
        switch setting {
        case .gguf:
            return EngineSettings(.gguf(value.text), source: value.source)
        case .demoModel: return EngineSettings(.demo, source: value.source)
        default: return nil
        }
    }

    private func settings(_ entry: EngineEntry) throws(Failure) -> EngineSettings {
        var engine = EngineSettings(entry.url)
        engine.name = entry.name
        engine.key = try entry.key?.value(sources.environment)
        engine.keySource = entry.key?.description
        engine.profile = entry.profile
        engine.fields = entry.fields
        for header in entry.headers {
            switch header.value {
            case .text(let text): engine.headers.append((header.name, text))
            case .secret(let secret): engine.headers.append((header.name, try secret.value(sources.environment) ?? ""))
            }
        }
        engine.onlyNamed = entry.onlyNamed
        return engine
    }

    // MARK: Models

    private mutating func giveModels() throws(Failure) {
        guard let file else { return }
        // By the name clients use: where it was given.
        var places: [String: FilePlace] = [:]
        func taken(_ name: String, at place: FilePlace) throws(Failure) {
            if let before = places.updateValue(place, forKey: name) {
                throw ConfigurationProblem(
                    place: max(before, place), message: "the model '\(name)' was named before, at line \(min(before, place).line)",
                    wayOut: "A name leads to one engine: give one of them another name.").failure
            }
        }
        for entry in file.engines {
            // One that is not served (another was named by a flag) takes no names.
            let index = engines.firstIndex { $0.name == entry.name }
            for model in entry.models {
                try taken(model.name, at: model.place)
                for alias in model.aliases { try taken(alias.text, at: model.place) }
                if let index { give(model, to: index) }
            }
        }
        for model in file.models {
            try taken(model.name, at: model.place)
            for alias in model.aliases { try taken(alias.text, at: model.place) }
            if let wanted = model.engine {
                guard file.engines.contains(where: { $0.name == wanted.text }) else {
                    throw .wrong(
                        wanted.source, "there is no engine '\(wanted.text)'",
                        file.engines.isEmpty
                            ? "Name it under 'engines', with its address." : NearestName.hint(wanted.text, in: file.engines.map(\.name)))
                }
                if let index = engines.firstIndex(where: { $0.name == wanted.text }) { give(model, to: index) }
            } else if file.engines.count <= 1 {
                give(model, to: 0)
            } else {
                // Whoever lists it has it.
                for name in [model.name] + model.aliases.map(\.text) { aliases[name] = model.engineName ?? model.name }
            }
        }
    }

    private mutating func give(_ model: ModelEntry, to index: Int) {
        let named = NamedModel(model.engineName ?? model.name, contextTokens: model.contextTokens)
        for name in [model.name] + model.aliases.map(\.text) { engines[index].models[name] = named }
    }

    // MARK: What is given for the one engine

    private mutating func addGivenNow() throws(Failure) {
        let settings: [Setting] = [.engineKey, .engineProfile, .engineSet, .engineHeader]
        guard let first = settings.compactMap({ [sources] in sources.all($0).first }).first else { return }
        guard engines.count == 1 else {
            throw .wrong(first.source, "there are \(engines.count) engines, and it does not say for which",
                "Write it under the engine in the file, or serve one of them with --engine NAME.")
        }
        if let key = sources.last(.engineKey) {
            engines[0].key = key.text
            engines[0].keySource = "from \(key.source)"
        }
        if let profile = sources.last(.engineProfile) { engines[0].profile = profile }
        for field in sources.all(.engineSet) {
            _ = try SettingSources.pair(field, .engineSet)
            engines[0].fields.append(field)
        }
        for header in sources.all(.engineHeader) {
            let (name, value) = try SettingSources.pair(header, .engineHeader)
            engines[0].headers.removeAll { $0.name.lowercased() == name.lowercased() }
            engines[0].headers.append((name, value))
        }
    }
}
