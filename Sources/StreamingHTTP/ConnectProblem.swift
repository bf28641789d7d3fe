import AsyncHTTPClient
import LibC
import NIOCore
import NIOPosix
import NIOSSL

/// Why no connection could be opened: what the errors of AsyncHTTPClient, NIO and NIOSSL have in common.
package enum ConnectProblem: Sendable, Hashable {
    /// The name has no address.
    case noHost
    /// Nothing listens there.
    case refused
    /// No way there.
    case unreachable
    case timedOut
    case tls(TLSFault)

    package enum TLSFault: Sendable, Hashable {
        case untrusted
        /// The other side does not speak TLS.
        case notTLS
        /// The certificate is for another host.
        case otherHost
        case other
    }

    /// Nil when the failure came later, or is of another kind.
    package init?(_ error: any Error) {
        switch error {
        case let error as NIOConnectionError:
            let causes = error.connectionErrors.map(\.error)
            if causes.isEmpty, error.dnsAError != nil || error.dnsAAAAError != nil {
                self = .noHost
            } else if causes.contains(where: { $0 is ChannelError }) {
                self = .timedOut
            } else if causes.contains(where: { ($0 as? IOError)?.errnoCode == ECONNRESET }) {
                // The connection was made, and ended at once.
                return nil
            } else {
                self = causes.allSatisfy { ($0 as? IOError)?.errnoCode == ECONNREFUSED } ? .refused : .unreachable
            }
        case ChannelError.connectTimeout: self = .timedOut
        case let error as HTTPClientError where Self.timeouts.contains(error): self = .timedOut
        case let error as IOError where error.errnoCode == ECONNREFUSED: self = .refused
        case let error as IOError where [EHOSTUNREACH, ENETUNREACH].contains(error.errnoCode): self = .unreachable
        case let error as NIOSSLError where error == .uncleanShutdown: return nil
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: self = .tls(Self.tlsFault(error))
        default: return nil
        }
    }

    private static let timeouts: [HTTPClientError] = [
        .connectTimeout, .tlsHandshakeTimeout, .httpProxyHandshakeTimeout, .socksHandshakeTimeout,
    ]

    private static func tlsFault(_ error: any Error) -> TLSFault {
        let details = String(describing: error)
        if details.contains("CERTIFICATE_VERIFY_FAILED") { return .untrusted }
        if details.contains("WRONG_VERSION_NUMBER") || details.contains("HTTP_REQUEST") { return .notTLS }
        return error as? NIOSSLExtraError == .failedToValidateHostname ? .otherHost : .other
    }
}
