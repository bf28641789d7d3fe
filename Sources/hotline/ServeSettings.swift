import BufferedLog
import Logging
import ResponsesCore
import ResponsesServer
import ScriptedEngine

/// What the flags and the environment mean together: flags win.
struct ServeSettings: Sendable {
    enum EngineSetting: Sendable {
        case scripted
        case url(String)
        /// Look for one on this machine.
        case find
    }

    var server = ServerConfiguration()
    var engine: EngineSetting
    var engineKey: String?
    var aliases: [String: String] = [:]
    var waitsForEngine: Bool
    var speed: ScriptedSpeed
    var logLevel: Logger.Level
    var logFormat: LogFormat
    /// Whether each HTTP request and each finished turn is logged.
    var hasKeys: Bool

    init(_ command: ServeCommand, environment: (String) -> String? = ProcessVariable.value) throws(Failure) {
        func variable(_ name: String) -> String? { environment("HOTLINE_" + name).flatMap { $0.isEmpty ? nil : $0 } }
        func list(_ name: String) -> [String] {
            (variable(name) ?? "").split(separator: ",").map { String($0.filter { $0 != " " }) }.filter { !$0.isEmpty }
        }
        server.host = command.host ?? variable("HOST") ?? server.host
        server.port = try Self.port(command.port.map(String.init) ?? variable("PORT")) ?? server.port
        let keys = command.apiKeys + list("API_KEYS")
        guard !keys.contains("") else {
            throw .badSetting("--api-key: a key is empty", "Give a key, or leave --api-key out.")
        }
        hasKeys = !keys.isEmpty
        server.keys = APIKeys(keys)
        server.allowedOrigins = command.allowedOrigins
        server.reasoningEvents = command.reasoningEvents
        guard hasKeys || server.isLoopback else { throw .openToEverybody(server.host) }
        for limit in list("LIMITS") { try server.limits.set(limit, from: "HOTLINE_LIMITS") }
        for limit in command.limits { try server.limits.set(limit, from: "--limit") }
        if let lifetime = try Self.duration("--lifetime", command.lifetime ?? variable("LIFETIME")) {
            server.limits.lifetime = lifetime
        }
        if let grace = try Self.duration("--shutdown-grace", command.shutdownGrace ?? variable("SHUTDOWN_GRACE")) {
            server.limits.shutdownGrace = grace
        }
        switch command.engine ?? variable("ENGINE") {
        case nil: engine = .find
        case "scripted"?: engine = .scripted
        case let url?: engine = .url(url)
        }
        engineKey = command.engineKey ?? variable("ENGINE_KEY")
        for pair in command.models + list("MODELS") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else {
                throw .badSetting("--model: '\(pair)' names no model", "Write it as NAME=ENGINE-MODEL.")
            }
            aliases[String(parts[0])] = String(parts[1])
        }
        waitsForEngine = command.waitForEngine
        do throws(ScriptedSpeed.ParseError) {
            speed = try (command.scripted ?? variable("SCRIPTED")).map { (text) throws(ScriptedSpeed.ParseError) in
                try ScriptedSpeed(parsing: text)
            } ?? ScriptedSpeed()
        } catch {
            throw .badSetting("--scripted: \(error)", "See 'hotline serve --help'.")
        }
        let level = command.logLevel ?? variable("LOG_LEVEL") ?? "info"
        guard let logLevel = Logger.Level(rawValue: level.lowercased()) else {
            throw .badSetting(
                "--log-level: '\(level)' is not a level", "Choose trace, debug, info, notice, warning, error or critical.")
        }
        self.logLevel = logLevel
        let format = command.logFormat ?? variable("LOG_FORMAT") ?? LogFormat.text.rawValue
        guard let logFormat = LogFormat(rawValue: format.lowercased()) else {
            throw .badSetting("--log-format: '\(format)' is not a format", "Choose text or json.")
        }
        self.logFormat = logFormat
        let isAccessLogOn = try Self.isYes("--access-log", "HOTLINE_ACCESS_LOG", variable("ACCESS_LOG"))
        server.accessLog = command.accessLog || isAccessLogOn
    }

    /// A switch in the environment; absent means no.
    private static func isYes(_ flag: String, _ name: String, _ text: String?) throws(Failure) -> Bool {
        switch text?.lowercased() {
        case nil, "no", "false", "off", "0": return false
        case "yes", "true", "on", "1": return true
        case let text?: throw .badSetting("\(flag): \(name) is '\(text)', which is neither yes nor no", "Set it to yes or no.")
        }
    }

    private static func duration(_ flag: String, _ text: String?) throws(Failure) -> Duration? {
        guard let text else { return nil }
        guard let duration = Duration(shortForm: text), duration > .zero else {
            throw .badSetting("\(flag): '\(text)' is not a duration", "Write it as a number with ms, s, m or h, such as 60m.")
        }
        return duration
    }

    private static func port(_ text: String?) throws(Failure) -> Int? {
        guard let text else { return nil }
        guard let port = Int(text), (0...65535).contains(port) else {
            throw .badSetting("--port: '\(text)' is not a port", "Choose one between 0 and 65535.")
        }
        return port
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
