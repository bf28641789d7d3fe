/// Every limit of this engine, with its reason.
public struct OpenAICompatibleLimits: Sendable, Hashable {
    /// A machine that is up accepts a connection at once; one that is down often does not even refuse it.
    public var connectTimeout: Duration = .seconds(10)
    /// From the request to the answer's first byte: the prefill of a long prompt may take minutes.
    public var firstByteTimeout: Duration = .seconds(600)
    /// Without a byte in mid-stream: no model is this slow, so the engine hangs.
    public var silenceTimeout: Duration = .seconds(120)
    /// For `models()`, which a client waits for.
    public var modelsTimeout: Duration = .seconds(10)
    /// How soon a kept connection turns out to be dead. An answer that fails later was under way and is not retried.
    public var deadConnectionTimeout: Duration = .seconds(2)
    /// After the end mark the engine closes the response; when it does not, we do.
    public var lingerTimeout: Duration = .seconds(5)
    /// Generations at one time and event loop; AsyncHTTPClient's own default of 8 would make the ninth wait.
    public var connectionsPerHost = 256
    /// Idle connections are closed before common servers do it.
    public var idleConnectionTimeout: Duration = .seconds(30)
    /// One event of the stream: a whole tool call with a file in it may come in one.
    public var eventBytesMax = 8 << 20
    /// An answer that came as one JSON object although a stream was asked for.
    public var completionBytesMax = 16 << 20
    /// Of an error's body; a message is never longer than this.
    public var errorBytesMax = 64 << 10
    /// A list of models.
    public var modelsBytesMax = 4 << 20
    /// Calls in one answer; of more the answer fails. Far more than a server lets through (`Limits`), whose own limit ends the
    /// turn in a way that its client can go on from, but only after the read that went beyond it.
    public var callsMax = 131_072
    /// What is rendered on the event loop, in bytes: a millisecond or so. More is rendered beside it, so that the loop's other
    /// connections need not wait.
    public var loopBytesMax = 256 << 10

    public init() {}
}
