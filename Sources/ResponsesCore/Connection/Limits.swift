/// Every limit of the server, each with its reason. All are settings; these are the defaults.
public struct Limits: Sendable, Hashable {
    // MARK: A connection

    /// Responses in flight on one connection, all lanes together (websocket-mode 9).
    public var turnsInFlightMax = 16
    /// Distinct lane names over the life of a connection; the default lane does not count (websocket-mode 9).
    public var laneNamesMax = 32
    /// Turns that wait on one connection. An agent pipelines a few; hundreds waiting are a runaway loop.
    public var turnsWaitingMax = 256
    /// Bytes of the turns that wait on one connection: one largest message, so that any single turn may wait.
    public var bytesWaitingMax = 64 << 20
    /// Tools kept from one turn to the next, to be compared instead of parsed. Larger ones would make idle connections
    /// costly, and are read again.
    public var toolsKeptBytesMax = 1 << 20
    /// Types of items and tools that were left out, reported to the log. Real clients have a handful.
    public var typesReportedMax = 32
    /// The life of a connection (websocket-mode 13.1).
    public var lifetime = Duration.seconds(3600)
    /// How long turns may go on after the lifetime, or after shutdown began. Long answers of slow engines take minutes.
    public var lifetimeGrace = Duration.seconds(300)
    /// Silence within a response after which `response.in_progress` is repeated: clients count only text messages and
    /// give up after 300 s; those with short limits of their own, and proxies, after 30 s (websocket-mode 13.2).
    public var heartbeat = Duration.seconds(15)
    /// How long a reader may leave written bytes unread before its connection is closed: as long as clients wait for us.
    public var writeStallMax = Duration.seconds(300)

    // MARK: A response

    /// What one response may grow to, its texts, arguments and items together: a hundred times the longest answers of today's
    /// models. Its last events hold it several times.
    public var responseBytesMax = 32 << 20
    /// Items of one response, calls included. A model calls a few dozen tools at once; each item costs an event or four.
    public var responseItemsMax = 4_096
    /// How long an engine may work on one response. Its signs of life do not prolong it. As long as a connection lives.
    public var responseDurationMax = Duration.seconds(3600)

    // MARK: Bytes

    /// One message, one HTTP body. Image-heavy histories reach 16 MiB (websocket-mode 13.4).
    public var messageBytesMax = 64 << 20
    /// Fragments of one message: endless empty fragments would never reach the byte limit.
    public var fragmentsMax = 16_384
    /// From this size on a message, a conversation or a response is worked on beside the event loop, and freed there. Up to it
    /// that takes a millisecond, and some twenty where the items are the smallest there are.
    public var largeBytesMin = 256 << 10
    /// Events written but not yet taken by the socket, above which the engine is held back.
    public var outgoingBytesHigh = 256 << 10
    /// What one connection remembers of its conversations. The newest response of each lane goes last.
    public var connectionMemoryBytesMax = 256 << 20
    /// What is held for all clients together, of whatever kind: a fraction of a small server's memory. Over it, who holds the
    /// most gives way.
    public var processMemoryBytesMax = 2 << 30
    /// Which part of that, and of the store, the holders of one key may have: a flood of one leaves room for others.
    public var ownerShare = 0.5
    /// What the in-memory store keeps; the least recently used responses go first. Never more than three sixteenths of
    /// `processMemoryBytesMax`.
    public var storeBytesMax = 384 << 20
    /// What the nodes of stored responses take: prompts that are made again from the store when they are gone. Their items
    /// are the store's own bytes, so both together stay near the store's former half gigabyte. Never more than a sixteenth of
    /// `processMemoryBytesMax`.
    public var chainCacheBytesMax = 128 << 20
    /// Tools of stored turns that are kept for clients which make a connection for each turn: some hundred usual sets.
    public var toolsSharedBytesMax = 16 << 20

    /// For how long a conversation is known that its client sends whole with each request: agents' tools take seconds to minutes.
    public var prefixMemoryTime = Duration.seconds(600)
    /// What these conversations take, a node for each request. Never more than a sixteenth of `processMemoryBytesMax`.
    public var prefixMemoryBytesMax = 128 << 20

    // MARK: Responses without a listener

    /// Responses that run in the background, of all owners: an engine works on some of them and lets the others wait.
    public var backgroundMax = 1_024
    /// Of one owner.
    public var backgroundMaxOfOwner = 256
    /// How long the events of a stored response can be read once it is over: clients try again within seconds, people within minutes.
    public var replayTime = Duration.seconds(300)
    /// What they take in memory. Never more than a thirty-second of `processMemoryBytesMax`.
    public var replayBytesMax = 64 << 20

    // MARK: The process

    /// Open sockets. Idle ones cost a few kilobytes each; file descriptors run out first.
    public var connectionsMax = 10_000
    /// How long shutdown waits for running turns: orchestrators kill after 30 s as a rule.
    public var shutdownGrace = Duration.seconds(25)
    /// How long we wait for the peer's close frame.
    public var closeTimeout = Duration.seconds(5)
    /// Between our pings, and how long a silent peer is kept.
    public var pingInterval = Duration.seconds(30)
    public var pongTimeout = Duration.seconds(60)
    /// Silence on an HTTP connection between requests.
    public var httpIdleTimeout = Duration.seconds(120)

    // MARK: TCP and HTTP

    /// Open TCP connections of all kinds: some more than WebSockets, so that HTTP goes on when all of those are taken. The
    /// server takes fewer when the process may open fewer files (`ConnectionCounter`).
    public var tcpConnectionsMax = 12_000
    /// Open TCP connections from one address, of IPv6 from one /64: a hundredth of a large server's, and more than a
    /// machine's agents need. This machine itself is exempt, as proxies are on it.
    public var connectionsPerAddressMax = 1_024
    /// Connections that the kernel may finish before they are accepted; it cuts this to its own limit. A burst of
    /// reconnecting clients comes within one tick of a busy loop.
    public var listenBacklog = 4_096
    /// How long accepting rests after the system had no descriptor or memory for it: trying on would take a core.
    public var acceptPause = Duration.seconds(1)
    /// From the first byte of a request's head to its last; for the first request from the connection's beginning.
    /// Heads are a few packets, which come at once.
    public var headTimeout = Duration.seconds(15)
    /// Names and values of one head together, and one of them. Tokens in fields reach some kilobytes.
    public var headBytesMax = 80 << 10
    /// Fields of one head; clients send some twenty.
    public var headFieldsMax = 256
    /// How long a body may come at any rate: a phone in a tunnel is silent for some seconds.
    public var bodyGrace = Duration.seconds(20)
    /// What a body must bring each second on average after its grace, far below the slowest line that is of use.
    public var bodyBytesPerSecondMin = 1_000
    /// How long a body may come in all: the largest over 0.6 Mbit/s.
    public var bodyTimeMax = Duration.seconds(900)
    /// After the last answer on a connection: how long, and how many bytes, the client may go on sending before TCP is cut,
    /// which could lose the answer. A round trip of a slow network; what the kernels' buffers hold as a rule.
    public var lingerTimeMax = Duration.seconds(2)
    public var lingerBytesMax = 256 << 10
    /// How long connections outlive the grace of a shutdown, for the last events and close frames to leave.
    public var shutdownTail = Duration.seconds(1)
    /// How old the engine's list of models may be for `/ready` and `/v1/models`: so many askers are one question.
    public var modelListAgeMax = Duration.seconds(1)

    public init() {}

    /// What the store may keep of the process's memory: three sixteenths leave room for connections.
    package var storeBytesMaxOfProcess: Int { min(storeBytesMax, processMemoryBytesMax / 16 * 3) }
    /// What the events of stored responses may take of it.
    package var replayBytesMaxOfProcess: Int { min(replayBytesMax, processMemoryBytesMax / 32) }
    /// What conversations that are sent whole may take of it.
    package var prefixMemoryBytesMaxOfProcess: Int { min(prefixMemoryBytesMax, processMemoryBytesMax / 16) }
    /// What nodes of stored responses may take of it.
    package var chainCacheBytesMaxOfProcess: Int { min(chainCacheBytesMax, processMemoryBytesMax / 16) }
}
