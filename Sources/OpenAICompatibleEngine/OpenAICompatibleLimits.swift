/// Every limit of this engine, with its reason.
public struct OpenAICompatibleLimits: Sendable, Hashable {
    /// A machine that is up accepts a connection at once; one that is down often does not even refuse it.
    public var connectTimeout: Duration = .seconds(10)
    /// From the request to the first content of its answer, whatever comes before: heads, comments, empty chunks, and the time
    /// in which the engine loads its model. The prefill of a long prompt may take minutes.
    public var firstByteTimeout: Duration = .seconds(600)
    /// Without a byte in mid-stream: long arguments of a call are held back by some engines, which are silent for minutes then;
    /// what is silent for longer hangs.
    public var silenceTimeout: Duration = .seconds(300)
    /// How long a turn waits for an engine that is away when its client hears nothing meanwhile, or when the engine did not say
    /// that it will be back. Clients ask again by themselves, and give up after a minute or more.
    public var unheardWaitTimeout: Duration = .seconds(30)
    /// Between two questions to an engine that is away: at first, doubled each time, and at most. A small model loads in a
    /// second; a large one for minutes, in which nobody should be asked often.
    public var askAgainFirst: Duration = .milliseconds(500)
    public var askAgainMax: Duration = .seconds(5)
    /// For `models()`, which a client waits for.
    public var modelsTimeout: Duration = .seconds(10)
    /// How soon a kept connection turns out to be dead. An answer that fails later was under way and is not retried.
    public var deadConnectionTimeout: Duration = .seconds(2)
    /// After the reason to stop and the counts only an end mark can come, which some engines never send, though they keep the
    /// connection open. Looked at once a second, so the turn ends within twice this.
    public var endMarkTimeout: Duration = .seconds(1)
    /// After the reason to stop alone: the counts come with it or directly behind it, from engines that count at all.
    public var countsTimeout: Duration = .seconds(5)
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
    /// What is remembered beside calls, such as signatures of some kilobytes, for clients that send whole conversations: of one
    /// owner some hundred calls, as only those of the last question are checked.
    public var callMemoryOwnerBytesMax = 1 << 20
    /// Of all owners; the one that was here longest ago goes first.
    public var callMemoryBytesMax = 32 << 20
    public var callMemoryOwnersMax = 1024

    public init() {}

    /// The limits with what an engine's profile says of them.
    func taking(_ profile: EngineProfile) -> OpenAICompatibleLimits {
        var limits = self
        limits.firstByteTimeout = profile.firstByteTimeout ?? firstByteTimeout
        limits.silenceTimeout = profile.silenceTimeout ?? silenceTimeout
        return limits
    }
}
