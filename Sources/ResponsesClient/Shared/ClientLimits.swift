/// Every limit of the client, each with its reason. All are settings; these are the defaults.
public struct ClientLimits: Sendable, Hashable {
    // MARK: A connection

    /// Turns in flight on one connection, all lanes together; more wait here (websocket-mode 9).
    public var turnsInFlightMax = 16
    /// Distinct lane names that a connection takes; the next name gets a new connection (websocket-mode 9).
    public var laneNamesMax = 32
    /// Age after which a connection is given no new turn: servers end it at 60 minutes, and clients rotate at 55
    /// (websocket-mode 13.1, websocket-mode 18).
    public var connectionAgeMax = Duration.seconds(55 * 60)
    /// One message to the peer; a longer one is sent over HTTP. 16 MiB is a limit that was measured (websocket-mode 13.4).
    public var messageBytesMax = 16 << 20
    /// One message from the peer. A response repeats the tools and its output three times; servers take 64 MiB.
    public var receivedBytesMax = 64 << 20

    // MARK: Waits

    /// Reaching the server: TCP, TLS and the upgrade together.
    public var connectTimeout = Duration.seconds(15)
    /// How often a connection is tried before the turns that wait for it fail.
    public var connectTriesMax = 5
    /// How many upgrades may be refused before the line stays with HTTP.
    public var upgradeRefusalsMax = 3
    /// Between tries: doubled from the first to the last, less up to half at random so that many clients do not come at once.
    public var backoffFirst = Duration.milliseconds(250)
    public var backoffLast = Duration.seconds(8)
    /// Silence within a turn after which it fails: as long as other clients wait (websocket-mode 13.2).
    public var silenceMax = Duration.seconds(300)
    /// How long a cancelled turn may take to end before its connection is closed: as long as pipecat waits (websocket-mode 15).
    public var cancelTimeout = Duration.seconds(5)
    /// The longest `retry-after` that is waited for; an error that asks for more is thrown at once.
    public var retryAfterMax = Duration.seconds(60)
    /// Pings to the peer, and how long a silent one is kept.
    public var pingInterval = Duration.seconds(30)
    public var pongTimeout = Duration.seconds(60)
    /// How long leaving a line may wait for the peer's close frame: programs end with it.
    public var closeTimeout = Duration.seconds(1)

    // MARK: Turns

    /// How often a turn that was refused before its first event is tried again: overload and rate limits.
    public var retriesMax = 2
    /// Turns that wait on one line. Hundreds waiting are a runaway loop.
    public var turnsWaitingMax = 1024
    /// Bytes of events that a program has not read; above it nothing is read from the server.
    public var unreadBytesMax = 8 << 20

    public init() {}
}
