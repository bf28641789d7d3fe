import ResponsesAPI

/// Connections that open, break and are left.
extension LineState {
    mutating func opened(_ number: ConnectionNumber, now: Duration) {
        guard connections[number] != nil else {
            // Nobody waits for it now.
            effects.append(.close(number, code: 1000, reason: ""))
            return
        }
        connections[number]?.isOpen = true
        connections[number]?.openedAt = now
        wasReached = true
        failedTries = 0
        upgradeRefusals = 0
        startTurns(now: now)
    }

    /// A connection could not be made.
    mutating func failed(_ number: ConnectionNumber, _ failure: ConnectFailure, now: Duration) {
        guard connections.removeValue(forKey: number) != nil else { return }
        if current == number { current = nil }
        failedTries += 1
        switch failure {
        case .refusedUpgrade(426, _, _): stayWithHTTP()
        case .refusedUpgrade(let status, let error, _) where status == 401 || status == 403:
            failWaiting(error.map { .failed($0) } ?? .broken(.upgradeRefused(status)))
        case .refusedUpgrade(let status, let error, let seconds) where status == 429 || status == 503:
            let wait = seconds.map { Duration.seconds($0) }
            if let wait, wait > limits.retryAfterMax {
                failWaiting(error.map { .failed($0) } ?? .broken(.upgradeRefused(status)))
            } else {
                tryAgain(wait, orFail: error.map { .failed($0) } ?? .broken(.upgradeRefused(status)), now: now)
            }
        case .refusedUpgrade(let status, _, _):
            refusedUpgrade(orFail: .broken(.upgradeRefused(status)), now: now)
        case .timedOut:
            // Some proxies swallow an upgrade and answer nothing.
            refusedUpgrade(orFail: .broken(.connectTimedOut), now: now)
        case .dropped:
            tryAgain(nil, orFail: .broken(.droppedBeforeAnswer), now: now)
        case .unreachable(let reason):
            let end = TurnEnd.broken(.unreachable(reason))
            if wasReached { tryAgain(nil, orFail: end, now: now) } else { failWaiting(end) }
        case .brokenUpgrade(let reason): refusedUpgrade(orFail: .broken(.notTheProtocol(reason)), now: now)
        case .tls(let reason): failWaiting(.broken(.unreachable(reason)))
        }
        startTurns(now: now)
    }

    private mutating func refusedUpgrade(orFail end: TurnEnd, now: Duration) {
        upgradeRefusals += 1
        if upgradeRefusals >= limits.upgradeRefusalsMax {
            stayWithHTTP()
        } else {
            tryAgain(nil, orFail: end, now: now)
        }
    }

    /// "Keep 426 and repeated upgrade failures sticky: HTTP for the rest" (websocket-mode 18).
    private mutating func stayWithHTTP() {
        usesHTTPOnly = true
        failedTries = 0
        connectAt = nil
    }

    private mutating func tryAgain(_ wait: Duration?, orFail end: TurnEnd, now: Duration) {
        guard failedTries < limits.connectTriesMax else { return failWaiting(end) }
        connectAt = now + (wait ?? backoff(failedTries))
    }

    /// Doubles from the first to the last, less up to half of it.
    mutating func backoff(_ tries: Int) -> Duration {
        let doubled = limits.backoffFirst * (1 << min(max(tries - 1, 0), 20))
        return min(doubled, limits.backoffLast) * (1 - random.next() / 2)
    }

    /// Ends the turns that wait for a connection that does not come.
    private mutating func failWaiting(_ end: TurnEnd) {
        failedTries = 0
        connectAt = nil
        for number in turns.keys.sorted() where turns[number]?.phase == .ready && !(turns[number]?.needsHTTP ?? false) {
            finish(number, end)
        }
    }

    /// A connection is over: closed by the peer, broken, or closed by us.
    mutating func closed(_ number: ConnectionNumber, code: UInt16, now: Duration) {
        guard let connection = connections.removeValue(forKey: number) else { return }
        if current == number { current = nil }
        // The peer does not say which message was too big (1009).
        let bytesMax = connection.turns.compactMap { turns[$0].flatMap { $0.hasBegun ? nil : $0.delivery?.bytes } }.max() ?? 0
        for turn in connection.turns.sorted() { dropped(turn, code: code, tooBig: bytesMax) }
        startTurns(now: now)
    }

    private mutating func dropped(_ number: TurnNumber, code: UInt16, tooBig: Int) {
        guard let turn = turns[number] else { return }
        if turn.isAbandoned {
            finish(number, .broken(.turnCancelled))
        } else if turn.hasBegun {
            // Its effects may have been seen: only its program can say whether it may be asked again.
            finish(number, .broken(.interrupted(code)))
        } else if code == 1008 {
            finish(number, .broken(.policyClosed))
        } else if code == 1009, let bytes = turn.delivery?.bytes, bytes >= tooBig {
            messageBytesMax = min(messageBytesMax, max(0, bytes - 1))
            sendAgain(number, overHTTP: true)
        } else if turn.wasResentAfterDrop {
            finish(number, .broken(.interrupted(code)))
        } else {
            turns[number]?.wasResentAfterDrop = true
            sendAgain(number)
        }
    }

    /// Makes a turn ready again, to be sent in full: one that carries a parent is not repeated (websocket-mode 18).
    mutating func sendAgain(_ number: TurnNumber, overHTTP: Bool = false) {
        if case .onSocket(let connection) = turns[number]?.phase { left(connection, number) }
        turns[number]?.phase = .ready
        turns[number]?.sendsFull = true
        if overHTTP { turns[number]?.needsHTTP = true }
    }

    /// Gives a connection no more turns; it closes with the last one that its program waits for.
    mutating func retire(_ number: ConnectionNumber) {
        connections[number]?.isRetired = true
        if current == number { current = nil }
        freeLanes(leftOn: number)
        closeIfDone(number)
    }

    /// A turn is no longer on the connection.
    mutating func left(_ number: ConnectionNumber, _ turn: TurnNumber) {
        connections[number]?.turns.remove(turn)
        closeIfDone(number)
    }

    private mutating func closeIfDone(_ number: ConnectionNumber) {
        guard let connection = connections[number], connection.isRetired else { return }
        guard connection.turns.allSatisfy({ turns[$0]?.isAbandoned ?? true }) else { return }
        connections[number] = nil
        effects.append(.close(number, code: 1000, reason: ""))
        for turn in connection.turns.sorted() { remove(turn) }
    }
}
