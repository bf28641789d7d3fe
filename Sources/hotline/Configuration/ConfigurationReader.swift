import LibC
import OpenAICompatibleEngine
import ResponsesServer
import Yams

/// Reads the configuration file: YAML, and the place of each value.
///
/// It goes on behind a problem, so that a person sees all of them at one time.
struct ConfigurationReader {
    private let path: String
    private var file: ConfigurationFile
    private var problems: [ConfigurationProblem] = []

    private init(path: String) {
        self.path = path
        file = ConfigurationFile(path: path)
    }

    /// - Parameter path: as problems name it.
    static func read(_ text: String, path: String) -> (ConfigurationFile, [ConfigurationProblem]) {
        var reader = ConfigurationReader(path: path)
        do {
            if let root = try Yams.compose(yaml: text) { reader.readRoot(root) }
        } catch {
            reader.problems = [reader.problem(of: error)]
        }
        return (reader.file, reader.problems.sorted { $0.place < $1.place })
    }

    // MARK: What is not YAML

    /// The problem without the lines that the library quotes, which may hold anything.
    private func problem(of error: any Error) -> ConfigurationProblem {
        let wayOut = "Correct the line; 'hotline config check' reads the file again."
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _)?, .parser(_, let problem, let mark, _)?, .composer(_, let problem, let mark, _)?:
            return ConfigurationProblem(place: place(mark), message: "this is not YAML: \(problem)", wayOut: wayOut)
        case .duplicatedKeysInMapping(let names, let context)?:
            let name = names.first ?? ""
            return ConfigurationProblem(
                place: place(context.mark), message: "'\(name)' stands here twice", wayOut: "Leave one of them.")
        default:
            return ConfigurationProblem(
                place: FilePlace(file: path, line: 1, column: 1), message: "this is not YAML", wayOut: wayOut)
        }
    }

    private func place(_ mark: Mark?) -> FilePlace { FilePlace(file: path, line: mark?.line ?? 1, column: mark?.column ?? 1) }

    private mutating func note(_ node: Node, _ message: String, _ wayOut: String) {
        problems.append(ConfigurationProblem(place: place(node.mark), message: message, wayOut: wayOut))
    }

    // MARK: Shapes

    /// The members of a mapping with their keys; nothing, and a problem, for another shape.
    private mutating func members(_ node: Node, _ what: String) -> [(key: Node, name: String, value: Node)] {
        if isNothing(node) { return [] }
        guard case .mapping(let mapping) = node else {
            note(node, "\(what) is a mapping of names", "Write a name, a colon, and what it is, each on a line of its own.")
            return []
        }
        return mapping.compactMap { key, value in
            guard case .scalar(let name) = key else {
                note(key, "a name in \(what) is a text", "Write a plain name.")
                return nil
            }
            return (key, name.string, value)
        }
    }

    /// The same for a mapping whose names are known.
    private mutating func fields(_ node: Node, _ what: String, _ known: [String]) -> [(key: Node, name: String, value: Node)] {
        members(node, what).filter { key, name, _ in
            if known.contains(name) { return true }
            note(key, "there is no '\(name)' in \(what)", NearestName.hint(name, in: known))
            return false
        }
    }

    private func isNothing(_ node: Node) -> Bool {
        guard case .scalar(let scalar) = node else { return false }
        return scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
    }

    private mutating func text(_ node: Node, _ what: String) -> String? {
        guard case .scalar(let scalar) = node, !isNothing(node), !scalar.string.isEmpty else {
            note(node, "\(what) is one text", "Write one value behind the colon.")
            return nil
        }
        return scalar.string
    }

    private mutating func given(_ node: Node, _ what: String) -> GivenValue? {
        text(node, what).map { GivenValue(text: $0, source: .file(place(node.mark))) }
    }

    /// A list, or one text alone.
    private mutating func list(_ node: Node, _ what: String) -> [GivenValue] {
        if isNothing(node) { return [] }
        guard case .sequence(let sequence) = node else { return given(node, what).map { [$0] } ?? [] }
        return sequence.compactMap { given($0, "each of \(what)") }
    }

    private mutating func yesNo(_ node: Node, _ what: String) -> Bool? {
        guard let text = text(node, what) else { return nil }
        guard let value = YesNo.read(text) else {
            note(node, "\(what) is yes or no", "Write yes or no.")
            return nil
        }
        return value
    }

    // MARK: The whole

    private static let places = ["engines", "models", "keys"]

    private mutating func readRoot(_ root: Node) {
        let keys = Setting.all.compactMap(\.key)
        for (key, name, value) in members(root, "the file") {
            if let setting = Setting.all.first(where: { $0.key == name }) {
                readSetting(setting, value)
                continue
            }
            switch name {
            case "engines": file.engines = members(value, "engines").compactMap { readEngine($0.name, $0.key, $0.value) }
            case "models": file.models = members(value, "models").compactMap { readModel($0.name, $0.key, $0.value, isUnderEngine: false) }
            case "keys": file.keys = members(value, "keys").compactMap { readKey($0.name, $0.key, $0.value) }
            case "engine-key", "api-key":
                note(
                    key, "keys do not stand in the file",
                    name == "api-key"
                        ? "Name them under 'keys', each with the variable or the file that holds it."
                        : "Name the engine under 'engines', with 'key: {env: VARIABLE}' or 'key: {file: PATH}'.")
            case "model": note(key, "there is no 'model' in the file", "Name models under 'models'.")
            default: note(key, "there is no '\(name)' in the file", NearestName.hint(name, in: keys + Self.places))
            }
        }
    }

    private mutating func readSetting(_ setting: Setting, _ node: Node) {
        let what = "'\(setting.key ?? setting.name)'"
        if isNothing(node) { return }
        switch setting.form {
        case .text, .yesNo:
            guard let value = given(node, what) else { return }
            if setting.form == .yesNo, YesNo.read(value.text) == nil { return note(node, "\(what) is yes or no", "Write yes or no.") }
            file.settings[setting.name] = [value]
        case .list: file.settings[setting.name] = list(node, what)
        case .pairs: file.settings[setting.name] = pairs(node, what)
        }
    }

    /// A mapping as texts NAME=VALUE.
    private mutating func pairs(_ node: Node, _ what: String) -> [GivenValue] {
        members(node, what).compactMap { _, name, value in
            text(value, "'\(name)'").map { GivenValue(text: "\(name)=\($0)", source: .file(place(value.mark))) }
        }
    }

    // MARK: Engines

    private static let engineFields = ["url", "profile", "key", "set", "headers", "models", "only-these-models"]

    private mutating func readEngine(_ name: String, _ key: Node, _ node: Node) -> EngineEntry? {
        var engine = EngineEntry(
            name: name, place: place(key.mark), url: GivenValue(text: "", source: .file(place(key.mark))))
        // The short form: a name and its address.
        if case .scalar = node {
            guard let url = given(node, "the address of '\(name)'") else { return nil }
            engine.url = url
            return engine
        }
        var hasURL = false
        let before = problems.count
        for (_, field, value) in fields(node, "the engine '\(name)'", Self.engineFields) {
            switch field {
            case "url":
                hasURL = true
                if let url = given(value, "'url'") { engine.url = url }
            case "profile": engine.profile = given(value, "'profile'")
            case "key": engine.key = secret(value, "the key of '\(name)'", takesHash: false)
            case "set": engine.fields = pairs(value, "'set'")
            case "headers": engine.headers = members(value, "'headers'").compactMap { readHeader($0.name, $0.value) }
            case "models": engine.models = readModels(value)
            default: engine.onlyNamed = yesNo(value, "'\(field)'") ?? false
            }
        }
        guard hasURL else {
            // Another problem may be the address under a wrong name.
            if problems.count == before {
                note(key, "the engine '\(name)' has no address", "Add 'url: http://HOST:PORT', or 'url: scripted'.")
            }
            return nil
        }
        return engine
    }

    /// A list of names does as well, where there is nothing else to say.
    private mutating func readModels(_ node: Node) -> [ModelEntry] {
        if case .sequence = node {
            return list(node, "'models'").compactMap { value in
                guard case .file(let place) = value.source else { return nil }
                return ModelEntry(name: value.text, place: place)
            }
        }
        return members(node, "'models'").compactMap { readModel($0.name, $0.key, $0.value, isUnderEngine: true) }
    }

    private mutating func readHeader(_ name: String, _ node: Node) -> HeaderEntry? {
        if case .mapping = node {
            return secret(node, "the header '\(name)'", takesHash: false).map {
                HeaderEntry(name: name, value: .secret($0), place: place(node.mark))
            }
        }
        return text(node, "the header '\(name)'").map { HeaderEntry(name: name, value: .text($0), place: place(node.mark)) }
    }

    /// `{env: VARIABLE}`, `{file: PATH}`, and where a hash is enough `{sha256: HEX}`.
    private mutating func secret(_ node: Node, _ what: String, takesHash: Bool) -> SecretReference? {
        let ways = ["env", "file"] + (takesHash ? ["sha256"] : [])
        guard case .mapping = node else {
            note(node, "\(what) does not stand in the file", "Write where it is kept: {env: VARIABLE} or {file: PATH}.")
            return nil
        }
        let found = fields(node, what, ways)
        guard let (_, way, value) = found.first, found.count == 1 else {
            if found.count > 1 { note(node, "\(what) is kept in two places", "Leave one of them.") }
            return nil
        }
        return reference(way, value)
    }

    private mutating func reference(_ way: String, _ node: Node) -> SecretReference? {
        guard let text = text(node, "'\(way)'") else { return nil }
        switch way {
        case "env": return SecretReference(kept: .variable(text), place: place(node.mark))
        case "file": return SecretReference(kept: .file(text), place: place(node.mark))
        default:
            guard text.utf8.count == 64, text.allSatisfy(\.isHexDigit) else {
                note(node, "this is not a SHA-256", "Write the 64 hexadecimal digits of 'printf %s KEY | sha256sum'.")
                return nil
            }
            return SecretReference(kept: .sha256(text), place: place(node.mark))
        }
    }

    // MARK: Models

    private mutating func readModel(_ name: String, _ key: Node, _ node: Node, isUnderEngine: Bool) -> ModelEntry? {
        var model = ModelEntry(name: name, place: place(key.mark))
        if isNothing(node) { return model }
        // The short form: our name and the engine's.
        if case .scalar = node {
            model.engineName = text(node, "the engine's name of '\(name)'")
            return model
        }
        let known = (isUnderEngine ? [] : ["engine"]) + ["name", "context", "aliases"]
        for (_, field, value) in fields(node, "the model '\(name)'", known) {
            switch field {
            case "engine": model.engine = given(value, "'engine'")
            case "name": model.engineName = text(value, "'name'")
            case "aliases": model.aliases = list(value, "'aliases'")
            default: model.contextTokens = tokens(value)
            }
        }
        return model
    }

    /// `131072`, or `128k`.
    private mutating func tokens(_ node: Node) -> Int? {
        guard let text = text(node, "'context'") else { return nil }
        let isThousands = text.lowercased().hasSuffix("k")
        guard let number = Int(text.dropLast(isThousands ? 1 : 0).filter { $0 != "_" }), (1...1_000_000_000).contains(number) else {
            note(node, "'context' is a number of tokens", "Write it as 131072 or 128k.")
            return nil
        }
        return number * (isThousands ? 1024 : 1)
    }

    // MARK: Keys

    private static let keyFields = ["env", "file", "sha256", "models", "memory", "storage", "prefix-memory"]

    private mutating func readKey(_ name: String, _ key: Node, _ node: Node) -> KeyEntry? {
        guard case .mapping = node else {
            note(node, "the key '\(name)' does not stand in the file", "Write where it is kept: {env: VARIABLE}, {file: PATH} or {sha256: HEX}.")
            return nil
        }
        var kept: [SecretReference?] = []
        var rights = KeyRights()
        for (_, field, value) in fields(node, "the key '\(name)'", Self.keyFields) {
            switch field {
            case "models": rights.models = Set(list(value, "'models'").map(\.text))
            case "memory": rights.memoryShare = share(value)
            case "prefix-memory": rights.mayRemember = yesNo(value, "'prefix-memory'") ?? true
            case "storage": rights.mayStore = yesNo(value, "'storage'") ?? true
            default: kept.append(reference(field, value))
            }
        }
        switch kept.count {
        case 1: return kept[0].map { KeyEntry(name: name, place: place(key.mark), secret: $0, rights: rights) }
        case 0: note(key, "the key '\(name)' is nowhere", "Add 'env: VARIABLE', 'file: PATH' or 'sha256: HEX'.")
        default: note(key, "the key '\(name)' is kept in two places", "Leave one of them.")
        }
        return nil
    }

    private mutating func share(_ node: Node) -> Double? {
        guard let text = text(node, "'memory'") else { return nil }
        guard let share = LimitSetting.fraction(text) else {
            note(node, "'memory' is a part of the whole", "Write it as a percentage, such as 25%.")
            return nil
        }
        return share
    }
}
