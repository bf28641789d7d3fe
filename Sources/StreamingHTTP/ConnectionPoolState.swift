/// The connections to one host as decisions: which one takes a request, who waits, what is opened and closed.
///
/// A value without sockets or clock. A connection is idle, running or gone; one that is being opened is only counted, as
/// whoever waits longest gets the first connection there is. Requests wait only while none is idle.
struct ConnectionPoolState<Connection: AnyObject, Request: AnyObject> {
    private let connectionsMax: Int
    private let idleMax: Duration
    /// The one that was used last stands last, and is used first.
    private var idle: [(connection: Connection, since: Duration)] = []
    private var running: [Connection] = []
    /// As many as there are exchanges: their limits are those of the user, time-outs included.
    private var waiting: [Request] = []
    private var openings = 0
    private(set) var isShutDown = false

    init(connectionsMax: Int, idleMax: Duration) {
        self.connectionsMax = connectionsMax
        self.idleMax = idleMax
    }

    // MARK: Requests

    /// A connection for a request that does not wait yet; it runs from now on.
    mutating func takeIdle() -> Connection? {
        guard let connection = idle.popLast()?.connection else { return nil }
        running.append(connection)
        return connection
    }

    /// No connection was idle.
    ///
    /// - Returns: whether to open one.
    mutating func wait(_ request: Request) -> Bool {
        waiting.append(request)
        return opens()
    }

    /// - Returns: whether the request was waiting, and does not any more.
    mutating func withdraw(_ request: Request) -> Bool {
        guard let index = waiting.firstIndex(where: { $0 === request }) else { return false }
        waiting.remove(at: index)
        return true
    }

    private mutating func opens() -> Bool {
        let count = openings + running.count + idle.count
        guard !isShutDown, openings < waiting.count, count < connectionsMax else { return false }
        openings += 1
        return true
    }

    // MARK: Connections

    enum Next {
        case run(Request)
        /// It waits for a request; `expire` must be asked in time.
        case keep
        case close
    }

    mutating func opened(_ connection: Connection, at now: Duration) -> Next {
        openings -= 1
        running.append(connection)
        return freed(connection, at: now)
    }

    /// - Returns: the request that fails of it, and whether to open another connection for one that waits still.
    mutating func openingFailed() -> (failed: Request?, opens: Bool) {
        openings -= 1
        let failed = waiting.isEmpty ? nil : waiting.removeFirst()
        return (failed, opens())
    }

    /// The connection's request was answered, and it can take another.
    mutating func freed(_ connection: Connection, at now: Duration) -> Next {
        if isShutDown { return .close }
        if !waiting.isEmpty { return .run(waiting.removeFirst()) }
        running.removeAll { $0 === connection }
        idle.append((connection, now))
        return .keep
    }

    /// The connection is gone, whatever it did.
    ///
    /// - Returns: whether to open another for a request that waits.
    mutating func closed(_ connection: Connection) -> Bool {
        running.removeAll { $0 === connection }
        idle.removeAll { $0.connection === connection }
        return opens()
    }

    // MARK: The end

    /// - Returns: what has been idle for too long, which is not used again, and how long the next one has.
    mutating func expire(at now: Duration) -> (close: [Connection], next: Duration?) {
        let count = idle.prefix { now - $0.since >= idleMax }.count
        let close = idle.prefix(count).map(\.connection)
        idle.removeFirst(count)
        // Until they are closed they count.
        running += close
        return (close, idle.first.map { idleMax - (now - $0.since) })
    }

    /// Nothing is opened or kept from now on. What runs is closed by who runs it.
    mutating func shutDown() -> (connections: [Connection], requests: [Request]) {
        isShutDown = true
        defer { waiting = [] }
        return (idle.map(\.connection) + running, waiting)
    }
}
