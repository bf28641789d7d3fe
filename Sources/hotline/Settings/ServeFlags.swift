import ArgumentParser

/// The flags of `hotline serve`, as they were given. What they mean is `ServeSettings`' to say, and their names and help are in `Setting`.
struct ServeFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The configuration file. (default: ./hotline.yaml, then hotline/hotline.yaml in the user's configuration folder)",
            valueName: "file"))
    var config: String?

    @Option(name: Setting.host.spelling, help: Setting.host.help) var host: String?
    @Option(name: Setting.port.spelling, help: Setting.port.help) var port: String?
    @Option(name: Setting.engine.spelling, help: Setting.engine.help) var engine: String?
    @Option(name: Setting.engineKey.spelling, help: Setting.engineKey.help) var engineKey: String?
    @Option(name: Setting.engineProfile.spelling, help: Setting.engineProfile.help) var engineProfile: String?
    @Option(name: Setting.engineSet.spelling, help: Setting.engineSet.help) var engineFields: [String] = []
    @Option(name: Setting.engineHeader.spelling, help: Setting.engineHeader.help) var engineHeaders: [String] = []
    @Option(name: Setting.gguf.spelling, help: Setting.gguf.help) var gguf: String?
    @Option(name: Setting.llamaServer.spelling, help: Setting.llamaServer.help) var llamaServer: String?
    @Flag(name: Setting.demoModel.spelling, help: Setting.demoModel.help) var demoModel = false
    @Option(name: Setting.demoFolder.spelling, help: Setting.demoFolder.help) var demoFolder: String?
    @Option(name: Setting.model.spelling, help: Setting.model.help) var models: [String] = []
    @Flag(name: Setting.waitForEngine.spelling, help: Setting.waitForEngine.help) var waitForEngine = false
    @Option(name: Setting.apiKey.spelling, help: Setting.apiKey.help) var apiKeys: [String] = []
    @Option(name: Setting.allowOrigin.spelling, help: Setting.allowOrigin.help) var allowedOrigins: [String] = []
    @Option(name: Setting.allowHost.spelling, help: Setting.allowHost.help) var allowedHosts: [String] = []
    @Option(name: Setting.scripted.spelling, help: Setting.scripted.help) var scripted: String?
    @Option(name: Setting.lifetime.spelling, help: Setting.lifetime.help) var lifetime: String?
    @Option(name: Setting.shutdownGrace.spelling, help: Setting.shutdownGrace.help) var shutdownGrace: String?
    @Option(name: Setting.limit.spelling, help: Setting.limit.help) var limits: [String] = []
    @Option(name: Setting.state.spelling, help: Setting.state.help) var state: String?
    @Option(name: Setting.store.spelling, help: Setting.store.help) var store: String?
    @Option(name: Setting.storeRetention.spelling, help: Setting.storeRetention.help) var storeRetention: String?
    @Option(name: Setting.storeSize.spelling, help: Setting.storeSize.help) var storeSize: String?
    @Option(name: Setting.storeSync.spelling, help: Setting.storeSync.help) var storeSync: String?
    @Flag(name: Setting.zdr.spelling, help: Setting.zdr.help) var zdr = false
    @Option(name: Setting.prefixMemory.spelling, help: Setting.prefixMemory.help) var prefixMemory: String?
    @Option(name: Setting.secret.spelling, help: Setting.secret.help) var secret: String?
    @Option(name: Setting.reasoningEvents.spelling, help: Setting.reasoningEvents.help) var reasoningEvents: String?
    @Option(name: Setting.chatReasoning.spelling, help: Setting.chatReasoning.help) var chatReasoning: String?
    @Option(name: Setting.codexLite.spelling, help: Setting.codexLite.help) var codexLite: String?
    @Option(name: Setting.logLevel.spelling, help: Setting.logLevel.help) var logLevel: String?
    @Option(name: Setting.logFormat.spelling, help: Setting.logFormat.help) var logFormat: String?
    @Flag(name: Setting.accessLog.spelling, help: Setting.accessLog.help) var accessLog = false

    /// What was given for a setting, in order.
    func given(_ setting: Setting) -> [String] {
        func one(_ text: String?) -> [String] { text.map { [$0] } ?? [] }
        return switch setting {
        case .host: one(host)
        case .port: one(port)
        case .engine: one(engine)
        case .engineKey: one(engineKey)
        case .engineProfile: one(engineProfile)
        case .engineSet: engineFields
        case .engineHeader: engineHeaders
        case .gguf: one(gguf)
        case .llamaServer: one(llamaServer)
        case .demoModel: demoModel ? ["yes"] : []
        case .demoFolder: one(demoFolder)
        case .model: models
        case .waitForEngine: waitForEngine ? ["yes"] : []
        case .apiKey: apiKeys
        case .allowOrigin: allowedOrigins
        case .allowHost: allowedHosts
        case .scripted: one(scripted)
        case .lifetime: one(lifetime)
        case .prefixMemory: one(prefixMemory)
        case .shutdownGrace: one(shutdownGrace)
        case .limit: limits
        case .state: one(state)
        case .store: one(store)
        case .storeRetention: one(storeRetention)
        case .storeSize: one(storeSize)
        case .storeSync: one(storeSync)
        case .zdr: zdr ? ["yes"] : []
        case .secret: one(secret)
        case .reasoningEvents: one(reasoningEvents)
        case .chatReasoning: one(chatReasoning)
        case .codexLite: one(codexLite)
        case .logLevel: one(logLevel)
        case .logFormat: one(logFormat)
        case .accessLog: accessLog ? ["yes"] : []
        default: []
        }
    }

    /// Which variables there are besides, for the end of a help.
    static let variables = """
        What a flag gives can be given by the environment as well, or in the configuration file ('hotline config settings' lists the \
        names): flags win over variables, variables over the file. HOTLINE_CONFIG names the file; the others are called as their flags, \
        such as HOTLINE_PORT and HOTLINE_LOG_LEVEL, and for lists HOTLINE_API_KEYS, HOTLINE_MODELS and HOTLINE_LIMITS, separated by \
        commas. Switches are yes or no there. Keys are better kept there: arguments show in the list of processes.
        """
}
