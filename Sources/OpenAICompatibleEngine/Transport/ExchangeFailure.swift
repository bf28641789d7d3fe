import AsyncHTTPClient
import NIOCore
import NIOPosix
import ResponsesEngine

/// Why an exchange with the engine failed, and whether another try is due.
struct ExchangeFailure: Error, Sendable {
    var error: EngineError
    /// The connection was dead before any byte of the answer: a kept connection that the engine had closed.
    var isDeadConnection = false

    init(_ error: EngineError) { self.error = error }

    static let cancelled = ExchangeFailure(EngineError(.cancelled, "The generation was cancelled."))
    static let interrupted = ExchangeFailure(
        EngineError(.interrupted, "The engine closed the connection in the middle of its answer. Try again."))
    static let firstByte = ExchangeFailure(
        EngineError(.timeout, "The engine did not begin to answer within the time-out. Try again, or send less input."))
    static let silence = ExchangeFailure(
        EngineError(.timeout, "The engine fell silent in the middle of its answer. Try again."))
    static let tooLong = ExchangeFailure(
        EngineError(.interrupted, "The engine sent more in one piece than this server takes. Ask for less at once."))

    /// A failure below HTTP.
    init(transport error: any Error, hasBegun: Bool) {
        self.error = Self.engineError(error, hasBegun: hasBegun)
        isDeadConnection = !hasBegun && Self.isClosed(error)
    }

    private static func engineError(_ error: any Error, hasBegun: Bool) -> EngineError {
        if let error = error as? HTTPClientError {
            switch error {
            case .cancelled: return cancelled.error
            case .connectTimeout, .httpProxyHandshakeTimeout, .tlsHandshakeTimeout, .socksHandshakeTimeout:
                return EngineError(
                    .timeout, "Nothing answers at the engine's address within the time-out. Start the engine, or correct --engine.")
            case .getConnectionFromPoolTimeout:
                return EngineError(.overloaded, "All connections to the engine are in use. Try again later.")
            case .alreadyShutdown, .shutdownUnsupported:
                return EngineError(.unavailable, "This server is shutting down.")
            default: break
            }
        }
        if hasBegun { return interrupted.error }
        if isRefused(error) {
            return EngineError(
                .unavailable, "Nothing listens at the engine's address. Start the engine, or correct --engine.")
        }
        if isClosed(error) {
            return EngineError(
                .unavailable, "The engine closed the connection without an answer. Look whether it still runs, and try again.")
        }
        return EngineError(
            .unavailable, "The engine cannot be reached. Start it, or correct --engine.")
    }

    private static func isRefused(_ error: any Error) -> Bool {
        if error is NIOConnectionError { return true }
        return (error as? IOError)?.errnoCode == ECONNREFUSED
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
