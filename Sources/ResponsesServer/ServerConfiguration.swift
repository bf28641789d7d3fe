import ResponsesCore

/// How a server is set up; everything has a default.
public struct ServerConfiguration: Sendable {
    public var host = "127.0.0.1"
    /// 0 lets the system choose.
    public var port = 8484
    /// Without keys anybody may come in, and the server must listen on loopback only.
    public var keys = APIKeys([])
    /// Origins of web pages that may use the server, such as `https://app.example`.
    public var allowedOrigins: [String] = []
    /// Names, without a port, by which a server without keys may be reached beside those of this machine.
    public var allowedHosts: [String] = []
    /// What an operator calls `allowedOrigins`, `allowedHosts` and `keys`, for refusals that say what would help.
    public var settingNames = (allowedOrigins: "allowedOrigins", allowedHosts: "allowedHosts", keys: "keys")
    public var reasoningEvents: ReasoningEvents = .openAI
    /// The name under which thoughts are sent in Chat Completions.
    public var chatReasoning: ChatReasoningField = .reasoningContent
    /// When Codex is to send its tools once and not with every turn.
    public var codexLite = CodexLite.auto
    public var limits = Limits()
    /// Whether each HTTP request and each finished turn leaves a line in the log, at `info`.
    public var accessLog = false

    public init() {}

    /// Whether only this machine can reach the server.
    public var isLoopback: Bool { LoopbackName.contains(host) }
}
