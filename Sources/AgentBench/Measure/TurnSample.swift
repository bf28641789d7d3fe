/// One turn, as its client saw it.
public struct TurnSample: Sendable, Hashable {
    /// From handing the request to the client until the end of the response was read.
    public var duration: Duration
    /// Until the first delta of text, reasoning or arguments; until the first item where a server sends no deltas.
    public var firstToken: Duration
    /// Bytes over the network, heads of HTTP and frames included, TLS, TCP and IP not.
    public var traffic: Traffic
    public var inputTokens: Int
    /// Of the input, how many the engine had in its cache.
    public var cachedTokens: Int
    public var outputTokens: Int

    public init(
        duration: Duration, firstToken: Duration, traffic: Traffic, inputTokens: Int = 0, cachedTokens: Int = 0,
        outputTokens: Int = 0
    ) {
        self.duration = duration
        self.firstToken = firstToken
        self.traffic = traffic
        self.inputTokens = inputTokens
        self.cachedTokens = cachedTokens
        self.outputTokens = outputTokens
    }
}
