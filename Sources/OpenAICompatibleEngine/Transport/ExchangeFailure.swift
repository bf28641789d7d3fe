import AsyncHTTPClient
import NIOCore
import NIOPosix
import ResponsesEngine
import StreamingHTTP

/// Why an exchange with the engine failed, and whether another try is due.
///
/// What the engine or the network said is kept as it came, for `engineError(_:)` to clean: what must be cut out of it,
/// the request among it, is at hand where the exchange was started.
struct ExchangeFailure: Error, Sendable {
    /// In a box, as a result of a turn may be one of these and hardly ever is.
    private indirect enum Words: Sendable {
        case none
        /// What the engine said, with the status that says which kind of failure it is.
        case engine(EngineFailure, status: Int?, retryAfterSeconds: Int?, hasOutput: Bool)
        /// What failed below HTTP.
        case transport(String)
    }

    private let error: EngineError
    private var words = Words.none
    /// The HTTP status of the answer, when there was one.
    private var httpStatus: Int?
    /// The connection was dead before any byte of the answer: a kept connection that the engine had closed.
    var isDeadConnection = false
    /// Something of the answer was handed on: it cannot be asked for again.
    var hasContent = false
    /// Nothing listened, or the engine hung up.
    private(set) var isGone = false

    var kind: EngineError.Kind { error.kind }

    /// How much the engine said, in bytes, as far as it is cleaned.
    var wordsSize: Int {
        switch words {
        case .none: 0
        case .engine(let failure, _, _, _): failure.size
        case .transport(let text): min(text.utf8.count, FailureWords.textMax)
        }
    }

    init(_ error: EngineError) { self.error = error }

    /// The engine said what went wrong.
    ///
    /// - Parameters:
    ///   - status: the status that says which failure it is; nil for an error inside a stream.
    ///   - httpStatus: what the answer's head said.
    ///   - hasOutput: the model has written something, which may be quoted.
    init(_ failure: EngineFailure, status: Int?, httpStatus: Int, retryAfterSeconds: Int? = nil, hasOutput: Bool = false) {
        error = EngineError(.failed, "The engine failed while it worked on this request. Try again.")
        words = .engine(failure, status: status, retryAfterSeconds: retryAfterSeconds, hasOutput: hasOutput)
        hasContent = hasOutput
        self.httpStatus = httpStatus
    }

    /// The error of the seam, with the words of whoever failed.
    ///
    /// - Parameter clean: knows the secrets of this engine and the request.
    func engineError(_ clean: FailureWords) -> EngineError {
        var error = self.error
        switch words {
        case .none: break
        case .engine(let failure, let status, let seconds, let hasOutput):
            error = failure.engineError(status: status, hasOutput: hasOutput, retryAfterSeconds: seconds, words: clean)
        case .transport(let text): error.detail = FailureWords.detail(clean.withoutRequest.cleaned(text))
        }
        error.httpStatus = httpStatus ?? error.httpStatus
        return error
    }

    /// What the engine said, with the status of it, when nothing of an answer had come.
    var refusal: (told: EngineFailure, status: Int?)? {
        guard !hasContent, case .engine(let failure, let status, _, _) = words else { return nil }
        return (failure, status ?? failure.status)
    }

    /// Why it is worth asking again: the engine is away and may be back soon.
    var absence: EngineAbsence? {
        if hasContent { return nil }
        if isGone { return error.kind == .interrupted || isHangUp ? .hungUp : .refused }
        guard case .engine(let failure, let status, let seconds, _) = words else { return nil }
        let failureClass = FailureClass(failure, httpStatus: status)
        if failureClass == .loading { return .loading(retryAfterSeconds: seconds ?? failure.retryAfterSeconds) }
        guard failureClass == .overload, status == 503, failure.saysOnlyUnavailable else { return nil }
        return .unexplained(retryAfterSeconds: seconds ?? failure.retryAfterSeconds)
    }

    static let cancelled = ExchangeFailure(EngineError(.cancelled, "The generation was cancelled."))
    static let interrupted = ExchangeFailure(
        EngineError(.interrupted, "The engine closed the connection in the middle of its answer. Try again."))
    static let firstByte = ExchangeFailure(
        EngineError(.timeout, "The engine did not begin to answer within the time-out. Try again, or send less input."))
    static let silence = ExchangeFailure(
        EngineError(.timeout, "The engine fell silent in the middle of its answer. Try again."))
    static let tooLong = ExchangeFailure(
        EngineError(.interrupted, "The engine sent more in one piece than this server takes. Ask for less at once."))

    /// - Parameter coding: how, as the engine calls it; empty when that is not what it is.
    static func compressed(_ coding: String) -> ExchangeFailure {
        let words = coding.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" } && coding.count <= 16 ? coding : ""
        return ExchangeFailure(
            EngineError(
                .failed,
                "The engine's answer is compressed\(words.isEmpty ? "" : " (\(words))") in a way that this server cannot read. Turn compression off at the engine, or at the proxy in front of it."
            ))
    }

    /// A failure below HTTP.
    init(transport error: any Error, hasBegun: Bool) {
        self.error = Self.engineError(error, hasBegun: hasBegun)
        words = self.error.kind == .cancelled ? .none : .transport(String(describing: error))
        isDeadConnection = !hasBegun && Self.isClosed(error)
        isHangUp = Self.isClosed(error)
        // The name of a container goes with it.
        isGone = isHangUp || [.refused, .noHost, .unreachable].contains(ConnectProblem(error))
    }

    /// The connection was there and ended.
    private var isHangUp = false

    private static func engineError(_ error: any Error, hasBegun: Bool) -> EngineError {
        switch error as? HTTPClientError {
        case .cancelled: return cancelled.error
        case .getConnectionFromPoolTimeout:
            return EngineError(.overloaded, "All connections to the engine are in use. Try again later.")
        case .alreadyShutdown, .shutdownUnsupported:
            return EngineError(.unavailable, "This server is shutting down.")
        default: break
        }
        // Several addresses were tried, and nothing answered at any of them, for whatever reason.
        let problem = error is NIOConnectionError ? .refused : ConnectProblem(error)
        if problem == .timedOut {
            return EngineError(
                .timeout, "Nothing answers at the engine's address within the time-out. Check the address, and that the engine is running.")
        }
        if hasBegun { return interrupted.error }
        if problem == .refused {
            return EngineError(
                .unavailable, "Nothing listens at the engine's address. Check that the engine is running, then try again.")
        }
        if isClosed(error) {
            return EngineError(
                .unavailable, "The engine closed the connection without an answer. Check that it is still running, then try again.")
        }
        return EngineError(
            .unavailable, "The engine cannot be reached. Check its address, and that it is running.")
    }

    /// The other side closed, seen as an end, a reset, or a write that failed.
    private static func isClosed(_ error: any Error) -> Bool {
        if let error = error as? HTTPClientError { return error == .remoteConnectionClosed }
        if let error = error as? IOError { return [ECONNRESET, EPIPE, ENOTCONN].contains(error.errnoCode) }
        if let error = error as? ChannelError {
            switch error {
            case .ioOnClosedChannel, .inputClosed, .outputClosed, .eof, .alreadyClosed: return true
            default: return false
            }
        }
        return false
    }
}
