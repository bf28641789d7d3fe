import ArgumentParser

/// Something that `hotline serve` can be given: by a flag, by a variable, or in the configuration file.
///
/// One row of `all` for each; flags, variables, keys of the file, help and documentation are made of it.
struct Setting: Sendable, Hashable {
    /// How it is written, and what several mean together.
    enum Form: Sendable, Hashable {
        /// One text; the last that is given wins.
        case text
        /// Yes or no.
        case yesNo
        /// Several texts, which add up; in a variable separated by commas.
        case list
        /// Several texts NAME=VALUE, the last of a name winning; in the file a mapping.
        case pairs
    }

    /// Of its flag, without the dashes, and its key in the file, unless that is another.
    let name: String
    let form: Form
    /// What stands for its value in help.
    let valueName: String
    /// A sentence without its end.
    let meaning: String
    /// What holds when it is not given; nil for what is then not there.
    let usual: String?
    /// Its key in the file; nil for what stands in a place of its own there (`engines`, `models`, `keys`).
    let key: String?
    /// Whether it holds a secret, which is shown to nobody.
    let isSecret: Bool

    init(
        _ name: String, _ form: Form = .text, _ valueName: String, _ meaning: String, usual: String? = nil, key: String? = "",
        isSecret: Bool = false
    ) {
        self.name = name
        self.form = form
        self.valueName = valueName
        self.meaning = meaning
        self.usual = usual
        self.key = key == "" ? name : key
        self.isSecret = isSecret
    }

    static let host = Setting("host", "address", "The address to listen on; other than loopback needs a key", usual: "127.0.0.1")
    static let port = Setting("port", "port", "The port to listen on; 0 lets the system choose", usual: "8484")
    static let engine = Setting(
        "engine", "url", "The engine's base URL, such as http://127.0.0.1:8080, 'scripted', or an engine's name in the file",
        usual: "what is found on this machine")
    static let engineKey = Setting("engine-key", "key", "The key that the engine wants", key: nil, isSecret: true)
    static let engineProfile = Setting(
        "engine-profile", "name", "How the engine is to be spoken to", usual: "found out by its address and a short question")
    static let engineSet = Setting("engine-set", .pairs, "field=value", "Another value for a field of the engine's profile")
    static let engineHeader = Setting(
        "engine-header", .pairs, "name=value", "A header for every request to the engine", isSecret: true)
    static let gguf = Setting("gguf", "path", "A model file to serve with llama.cpp's server, which is found, started and watched")
    static let llamaServer = Setting(
        "llama-server", "path", "llama.cpp's server for --gguf, or a Python that has xllamacpp", usual: "what is found in PATH and common places")
    static let demoModel = Setting(
        "demo-model", .yesNo, "",
        "Serve a small real model, SmolLM2-135M-Instruct, set up once (a download of 127 MB); the variable may also be if-no-engine",
        usual: "no")
    static let demoFolder = Setting(
        "demo-folder", "path", "Where the demo model is kept", usual: "hotline/demo-model in $XDG_DATA_HOME or ~/.local/share")
    static let model = Setting("model", .pairs, "name=engine-model", "Another name for one of the engine's models", key: nil)
    static let waitForEngine = Setting(
        "wait-for-engine", .yesNo, "", "Serve although the engine does not answer yet; its turns fail until it does", usual: "no")
    static let apiKey = Setting("api-key", .list, "key", "A key that clients must send", key: nil, isSecret: true)
    static let allowOrigin = Setting("allow-origin", .list, "origin", "Let web pages of this origin in")
    static let allowHost = Setting(
        "allow-host", .list, "name", "Answer to this host name, too, such as host.docker.internal; a server with a key answers to all")
    static let scripted = Setting(
        "scripted", "settings", "Speed and context of the scripted engine, such as prefill=4000,decode=80,ttft=20ms,context=8000",
        usual: "at once, with any context")
    static let lifetime = Setting("lifetime", "duration", "How long a WebSocket may live, such as 60m", usual: "60m")
    static let shutdownGrace = Setting(
        "shutdown-grace", "duration", "How long running turns may go on after SIGTERM, such as 25s", usual: "25s")
    static let limit = Setting(
        "limit", .pairs, "name=value", "Another value for a limit, such as response-bytes=8MiB; 'hotline limits' lists them",
        key: "limits")
    static let state = Setting(
        "state", "folder", "Where the server keeps what outlasts it, such as the key that it seals with",
        usual: "hotline in the user's folder for state")
    static let store = Setting(
        "store", "place", "Where responses with store: true are kept: sqlite, sqlite:PATH, or memory, which ends with the server",
        usual: "hotline.sqlite in the state folder, or memory where that cannot be written")
    static let storeRetention = Setting(
        "store-retention", "age", "How long a response stays in the file after its last use, such as 12h or 30d; never means for good",
        usual: "30d")
    static let storeSize = Setting(
        "store-size", "bytes", "What the file may grow to, such as 8GiB; then the responses go first that were not used for longest",
        usual: "16GiB")
    static let storeSync = Setting(
        "store-sync", "mode",
        "When a response is said to be stored: normal, once the system has it, which a loss of power may undo; full, once the disk has it",
        usual: "normal")
    static let prefixMemory = Setting(
        "prefix-memory", "duration",
        "How long a conversation is known after its last use whose client sends the whole of it again, in memory, such as 30m; or off",
        usual: "10m")
    static let zdr = Setting(
        "zdr", .yesNo, "",
        "Keep no data: store: true counts as false, whoever asks for it, and no file of responses is opened", usual: "no")
    static let secret = Setting(
        "secret", "text", "What the key is made of that seals reasoning and compactions, the same for all servers of the same clients",
        usual: "one in the state folder", key: nil, isSecret: true)
    static let reasoningEvents = Setting(
        "reasoning-events", "style", "Names of reasoning events: openai, open-responses or summary", usual: "openai")
    static let chatReasoning = Setting(
        "chat-reasoning", "name", "The name of thoughts in Chat Completions: reasoning_content or reasoning", usual: "reasoning_content")
    static let codexLite = Setting(
        "codex-lite", "mode", "When Codex sends its tools once and not with every turn: auto (for other machines), on or off", usual: "auto")
    static let logLevel = Setting("log-level", "level", "trace, debug, info, notice, warning, error or critical", usual: "info")
    static let logFormat = Setting(
        "log-format", "format", "How log lines are written to standard error: text, or json with one object a line", usual: "text")
    static let accessLog = Setting(
        "access-log", .yesNo, "", "Log every HTTP request and every finished turn, at the level info", usual: "no")

    /// In the order of help and documentation.
    static let all = [
        host, port, engine, engineKey, engineProfile, engineSet, engineHeader, gguf, llamaServer, demoModel, demoFolder,
        model, waitForEngine, apiKey, allowOrigin, allowHost,
        scripted, lifetime, shutdownGrace, limit, state, store, storeRetention, storeSize, storeSync, zdr, prefixMemory, secret,
        reasoningEvents, chatReasoning, codexLite, logLevel, logFormat, accessLog,
    ]

    private init(_ name: String, _ valueName: String, _ meaning: String, usual: String? = nil, key: String? = "", isSecret: Bool = false) {
        self.init(name, .text, valueName, meaning, usual: usual, key: key, isSecret: isSecret)
    }

    // MARK: Names

    var flag: String { "--\(name)" }

    /// Lists have the plural of what one flag gives.
    var variable: String {
        switch self {
        case .apiKey, .model, .limit: "HOTLINE_\(Self.upper(name))S"
        default: "HOTLINE_\(Self.upper(name))"
        }
    }

    private static func upper(_ name: String) -> String { name.uppercased().replacing("-", with: "_") }

    /// How its flag is spelled.
    var spelling: NameSpecification { .customLong(name) }

    /// What its flag's help says.
    var help: ArgumentHelp {
        var text = "\(meaning)."
        if form == .list || form == .pairs { text += " Repeatable." }
        if let usual, form != .yesNo { text += " (default: \(usual))" }
        return form == .yesNo ? ArgumentHelp(stringLiteral: text) : ArgumentHelp(text, valueName: valueName)
    }
}
