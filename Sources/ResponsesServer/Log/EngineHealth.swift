import ResponsesEngine

/// Whether an engine works, as its turns show; says so when it changes.
///
/// | outcome | means |
/// | --- | --- |
/// | no error | up |
/// | `unavailable`, `timeout` | down: it does not respond |
/// | `unauthorized` | down: no turn of anybody will succeed until a person changes the key |
/// | `quotaExceeded` | down: the same until a person pays |
/// | `invalidRequest`, `contextLengthExceeded`, `modelNotFound` | up: it answered, and the request was at fault |
/// | `rateLimited`, `overloaded` | up: it answered; it is only busy |
/// | `failed`, `interrupted` | nothing: one bad turn or a sick engine, which the next turns will show |
/// | `cancelled` | nothing: the client went away |
struct EngineHealth: Sendable, Hashable {
    enum Change: Sendable, Hashable {
        case up
        case down(EngineError.Kind)
    }

    private enum State: Sendable, Hashable {
        /// No turn has shown it yet. Next: `up`, `down`.
        case unknown
        /// Next: `down`.
        case up
        /// Next: `up`.
        case down
    }

    private var state = State.unknown

    /// A turn, a prefill or a question for the models ended.
    ///
    /// - Returns: what changed; the first sign of an engine that works is no change, as the start has said it.
    mutating func ended(_ error: EngineError?) -> Change? {
        switch (Self.isUp(error), state) {
        case (nil, _), (true?, .up), (false?, .down): return nil
        case (true?, .unknown):
            state = .up
            return nil
        case (true?, .down):
            state = .up
            return .up
        case (false?, .unknown), (false?, .up):
            state = .down
            return error.map { .down($0.kind) }
        }
    }

    /// Nil when the outcome says nothing about the engine.
    private static func isUp(_ error: EngineError?) -> Bool? {
        switch error?.kind {
        case nil, .invalidRequest, .contextLengthExceeded, .modelNotFound, .rateLimited, .overloaded: true
        case .unavailable, .timeout, .unauthorized, .quotaExceeded: false
        case .failed, .interrupted, .cancelled: nil
        }
    }
}
