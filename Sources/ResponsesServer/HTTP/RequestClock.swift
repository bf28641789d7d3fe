import NIOCore
import ResponsesCore

/// How long a client may take for the parts of its requests. A value: time is passed in, and it holds no timer.
struct RequestClock {
    enum Overdue: Equatable {
        /// Nothing came for too long.
        case idle
        /// A part of a request is here, and the rest comes too slowly.
        case request
    }

    private enum State {
        /// No request is here, not even in part.
        case idle(since: NIODeadline)
        /// The beginning of a head is here.
        case head(since: NIODeadline)
        /// A body comes.
        case body(Body)
        /// The client waits for this server, and has time.
        case waiting
    }

    private struct Body {
        var since: NIODeadline
        var bytes = 0
        /// Since when this server does not read, which is not the client's slowness.
        var heldSince: NIODeadline?
    }

    private let idleTimeout: TimeAmount
    private let headTimeout: TimeAmount
    private let bodyGrace: TimeAmount
    private let bodyTimeMax: TimeAmount
    private let bytesPerSecondMin: Int64
    private var state: State
    /// Requests whose answers are not over.
    private var unanswered = 0
    /// Whether a part of a head came while an answer was made.
    private var hasBegun = false

    init(_ limits: Limits, now: NIODeadline) {
        idleTimeout = TimeAmount(limits.httpIdleTimeout)
        headTimeout = TimeAmount(limits.headTimeout)
        bodyGrace = TimeAmount(limits.bodyGrace)
        bodyTimeMax = TimeAmount(limits.bodyTimeMax)
        bytesPerSecondMin = Int64(max(1, limits.bodyBytesPerSecondMin))
        state = .idle(since: now)
    }

    /// When `overdue` has something to say, if nothing comes before; nil while the client has all the time.
    var deadline: NIODeadline? {
        switch state {
        case .idle(let since): since + idleTimeout
        case .head(let since): since + headTimeout
        case .body(let body): body.heldSince == nil ? deadline(of: body) : nil
        case .waiting: nil
        }
    }

    private func deadline(of body: Body) -> NIODeadline {
        // Not more seconds than the whole may take, so that no number of bytes overflows.
        let paid = min(Int64(body.bytes) / bytesPerSecondMin, bodyTimeMax.nanoseconds / 1_000_000_000)
        return min(body.since + bodyGrace + .seconds(paid), body.since + bodyTimeMax)
    }

    func overdue(at now: NIODeadline) -> Overdue? {
        guard let deadline, deadline <= now else { return nil }
        if case .idle = state { return .idle }
        return .request
    }

    /// Bytes came that were no whole head, nor of a body.
    mutating func bytesCame(at now: NIODeadline) {
        switch state {
        case .idle: state = .head(since: now)
        case .waiting: hasBegun = true
        case .head, .body: break
        }
    }

    mutating func headCame(at now: NIODeadline) {
        unanswered += 1
        hasBegun = false
        state = .body(Body(since: now))
    }

    mutating func bodyCame(_ bytes: Int) {
        guard case .body(var body) = state else { return }
        body.bytes += bytes
        state = .body(body)
    }

    mutating func requestEnded() { state = .waiting }

    /// This server stops reading, or goes on.
    mutating func held(_ isHeld: Bool, at now: NIODeadline) {
        guard case .body(var body) = state else { return }
        if isHeld {
            if body.heldSince == nil { body.heldSince = now }
        } else if let since = body.heldSince {
            body.since = body.since + (now - since)
            body.heldSince = nil
        }
        state = .body(body)
    }

    mutating func answered(at now: NIODeadline) {
        unanswered -= 1
        guard unanswered == 0, case .waiting = state else { return }
        state = hasBegun ? .head(since: now) : .idle(since: now)
        hasBegun = false
    }

    /// The client takes bytes of an answer still: it is not idle.
    mutating func touched(at now: NIODeadline) {
        if case .idle = state { state = .idle(since: now) }
    }
}
