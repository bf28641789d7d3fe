import BufferedLog
import Logging
import ResponsesCore
import ResponsesServer
import ScriptedEngine

/// What flags, variables and the configuration file mean together: flags win over variables, variables over the file.
struct ServeSettings: Sendable {
    var server = ServerConfiguration()
    /// At least one.
    var engines: [EngineSettings]
    /// Further names of models.
    var aliases: [String: String]
    var waitsForEngine: Bool
    /// Nil where there is no home folder either.
    var stateFolder: StateFolder?
    var store: StoreSettings
    /// What the sealing key is made of, when it was given.
    var secret: String?
    var llamaServer: GivenValue?
    var demo: DemoModel
    /// Whether the demo model is served where no engine is found.
    var demoIfNoEngine: Bool
    var scripted: ScriptedSettings
    var logLevel: Logger.Level
    var logFormat: LogFormat
    /// Whether clients have to send a key.
    var hasKeys: Bool
    /// Where they came from.
    let sources: SettingSources

    init(
        _ flags: ServeFlags, file: ConfigurationFile? = nil, environment: @escaping @Sendable (String) -> String? = ProcessVariable.value
    ) throws(Failure) {
        let sources = SettingSources(flags: flags, file: file, environment: environment)
        self.sources = sources
        server.host = sources.last(.host)?.text ?? server.host
        server.port = try Self.port(sources.last(.port)) ?? server.port
        server.keys = try Self.keys(sources)
        hasKeys = !server.keys.isEmpty
        server.allowedOrigins = sources.all(.allowOrigin).map(\.text)
        server.allowedHosts = sources.all(.allowHost).map(\.text)
        server.settingNames = (Setting.allowOrigin.flag, Setting.allowHost.flag, Setting.apiKey.flag)
        server.reasoningEvents = try Self.choice(.reasoningEvents, sources, of: ReasoningEvents.init(rawValue:)) ?? server.reasoningEvents
        server.chatReasoning = try Self.choice(.chatReasoning, sources, of: ChatReasoningField.init(rawValue:)) ?? server.chatReasoning
        server.codexLite = try Self.choice(.codexLite, sources, of: CodexLite.init(rawValue:)) ?? server.codexLite
        guard hasKeys || server.isLoopback else { throw .openToEverybody(server.host) }
        for limit in sources.all(.limit) {
            do throws(Failure) {
                try server.limits.set(limit.text, from: limit.source.description)
            } catch {
                var failure = error
                failure.code = limit.source.code
                throw failure
            }
        }
        server.limits.lifetime = try Self.duration(sources.last(.lifetime)) ?? server.limits.lifetime
        server.limits.shutdownGrace = try Self.duration(sources.last(.shutdownGrace)) ?? server.limits.shutdownGrace
        server.limits.prefixMemoryTime = try Self.prefixMemory(sources.last(.prefixMemory)) ?? server.limits.prefixMemoryTime
        let resolution = try EngineResolution(sources)
        engines = resolution.engines
        aliases = resolution.aliases
        llamaServer = sources.last(.llamaServer)
        demo = DemoModel(folder: sources.last(.demoFolder)?.text, environment: environment)
        demoIfNoEngine = try sources.last(.demoModel).map { given throws(Failure) in try DemoChoice(given) } == .ifNoEngine
        waitsForEngine = try Self.isYes(sources.last(.waitForEngine))
        stateFolder = StateFolder(named: sources.last(.state)?.text, environment: environment)
        store = try StoreSettings(sources)
        server.keys.mayStore = !store.keepsNothing
        secret = try Self.secret(sources.last(.secret))
        scripted = try Self.scripted(sources.last(.scripted))
        logLevel = try Self.choice(.logLevel, sources, of: Logger.Level.init(rawValue:)) ?? .info
        logFormat = try Self.choice(.logFormat, sources, of: LogFormat.init(rawValue:)) ?? .text
        server.accessLog = try Self.isYes(sources.last(.accessLog))
    }

    private static func keys(_ sources: SettingSources) throws(Failure) -> APIKeys {
        var keys = APIKeys([])
        for key in sources.all(.apiKey) {
            guard !key.text.isEmpty else { throw .wrong(key.source, "a key is empty", "Give a key, or leave it out.") }
            keys.add(key.text)
        }
        for entry in sources.file?.keys ?? [] {
            if let key = try entry.secret.value(sources.environment) {
                keys.add(key, rights: entry.rights)
            } else if case .sha256(let digits) = entry.secret.kept {
                // Its form was looked at when it was read.
                _ = keys.add(sha256: digits, rights: entry.rights)
            }
        }
        return keys
    }

    private static func secret(_ given: GivenValue?) throws(Failure) -> String? {
        guard let given else { return nil }
        guard given.text.count >= SealingSecret.charactersMin else {
            throw .wrong(
                given.source, "a secret of fewer than \(SealingSecret.charactersMin) characters can be guessed",
                "Take one from 'openssl rand -hex 32'.")
        }
        return given.text
    }

    /// One of some words.
    private static func choice<Value>(
        _ setting: Setting, _ sources: SettingSources, of read: (String) -> Value?
    ) throws(Failure) -> Value? {
        guard let given = sources.last(setting) else { return nil }
        guard let value = read(given.text.lowercased()) else {
            throw .wrong(given.source, "'\(given.text)' is not a \(setting.valueName)", "Choose \(Self.words[setting] ?? "another").")
        }
        return value
    }

    private static let words: [Setting: String] = [
        .reasoningEvents: "openai, open-responses or summary", .chatReasoning: "reasoning_content or reasoning", .codexLite: "auto, on or off", .logFormat: "text or json",
        .logLevel: "trace, debug, info, notice, warning, error or critical",
    ]

    /// A switch; absent means no.
    private static func isYes(_ given: GivenValue?) throws(Failure) -> Bool {
        guard let given else { return false }
        guard let value = YesNo.read(given.text) else {
            throw .wrong(given.source, "'\(given.text)' is neither yes nor no", "Set it to yes or no.")
        }
        return value
    }

    private static func duration(_ given: GivenValue?) throws(Failure) -> Duration? {
        guard let given else { return nil }
        guard let duration = Duration(shortForm: given.text), duration > .zero else {
            throw .wrong(given.source, "'\(given.text)' is not a duration", "Write it as a number with ms, s, m or h, such as 60m.")
        }
        return duration
    }

    /// Off is no time at all.
    private static func prefixMemory(_ given: GivenValue?) throws(Failure) -> Duration? {
        guard let given else { return nil }
        return YesNo.read(given.text) == false ? .zero : try duration(given)
    }

    private static func port(_ given: GivenValue?) throws(Failure) -> Int? {
        guard let given else { return nil }
        guard let port = Int(given.text), (0...65535).contains(port) else {
            throw .wrong(given.source, "'\(given.text)' is not a port", "Choose one between 0 and 65535.")
        }
        return port
    }

    private static func scripted(_ given: GivenValue?) throws(Failure) -> ScriptedSettings {
        guard let given else { return ScriptedSettings() }
        do throws(ScriptedSpeed.ParseError) {
            return try ScriptedSettings(parsing: given.text)
        } catch {
            throw .wrong(given.source, "\(error)", "See 'hotline serve --help'.")
        }
    }
}

extension Duration {
    /// Reads `250ms`, `90s`, `60m`, `1h`; a bare number is seconds. Nil for anything else.
    init?(shortForm text: String) {
        let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("", 1)]
        for (suffix, seconds) in units where text.hasSuffix(suffix) {
            // Up to some thirty years: more is a slip, and clocks in nanoseconds have an end.
            guard let number = Double(text.dropLast(suffix.count)), (0...1e9).contains(number * seconds) else { continue }
            self = .seconds(number * seconds)
            return
        }
        return nil
    }
}
