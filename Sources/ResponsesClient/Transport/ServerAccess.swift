import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What every connection to a server needs: address, headers, trust and limits.
struct ServerAccess: Sendable {
    let address: ServerAddress
    /// On the upgrade and on each HTTP request.
    let headers: HTTPHeaders
    let limits: ClientLimits
    /// Used when the address asks for TLS.
    let tls: TLSConfiguration

    /// - Throws: `ClientError` when the address cannot be used, or HTTP cannot carry a header.
    init(_ configuration: ResponsesClient.Configuration) throws(ClientError) {
        address = try ServerAddress(configuration.url)
        headers = try Self.headers(configuration)
        limits = configuration.limits
        tls = configuration.tls
    }

    private static func headers(_ configuration: ResponsesClient.Configuration) throws(ClientError) -> HTTPHeaders {
        var headers: HTTPHeaders = ["User-Agent": "hotline-swift"]
        if let key = configuration.key { headers.add(name: "Authorization", value: "Bearer \(key)") }
        // The caller's replace the default ones of the same name.
        for (name, _) in configuration.headers { headers.remove(name: name) }
        for (name, value) in configuration.headers { headers.add(name: name, value: value) }
        for (name, value) in headers {
            // Checked here, as a line break in one of them would forge others. Values may be secrets, so no message quotes them.
            guard isToken(name) else {
                throw ClientError(.notPossible, "Header names may contain only letters, digits and !#$%&'*+-.^_`|~.")
            }
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw ClientError(.notPossible, "The value of header '\(name)' has line breaks or control characters.")
            }
        }
        return headers
    }

    /// RFC 9110 section 5.6.2.
    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    // MARK: What goes wrong on the way

    /// Why no connection could be opened, for people; nil when the failure came later.
    func connectProblem(_ error: any Error) -> ConnectProblem? {
        switch error {
        case let error as NIOConnectionError:
            let causes = error.connectionErrors.map(\.error)
            if causes.isEmpty, error.dnsAError != nil || error.dnsAAAAError != nil {
                return .unreachable("No host is named '\(address.host)'. Correct the address.")
            }
            if causes.contains(where: { $0 is ChannelError }) { return .timedOut }
            // The connection was made, and ended at once.
            if causes.contains(where: { ($0 as? IOError)?.errnoCode == ECONNRESET }) { return nil }
            let isRefused = causes.allSatisfy { ($0 as? IOError)?.errnoCode == ECONNREFUSED }
            return .unreachable(isRefused ? nothingListens : cannotBeReached)
        case let error as ChannelError:
            if case .connectTimeout = error { return .timedOut }
            return nil
        case let error as HTTPClientError:
            return error == .connectTimeout || error == .tlsHandshakeTimeout ? .timedOut : nil
        case let error as IOError where error.errnoCode == ECONNREFUSED: return .unreachable(nothingListens)
        case let error as IOError where [EHOSTUNREACH, ENETUNREACH].contains(error.errnoCode):
            return .unreachable(cannotBeReached)
        case let error as NIOSSLError where error == .uncleanShutdown: return nil
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: return .tls(tlsReason(error))
        default: return nil
        }
    }

    enum ConnectProblem {
        case unreachable(String)
        case timedOut
        case tls(String)
    }

    var doesNotAnswer: String { "\(address.place) does not answer. Check the network, or correct the address." }
    private var nothingListens: String {
        "Nothing listens at \(address.place). Start a server there, or correct the address."
    }
    private var cannotBeReached: String { "\(address.place) cannot be reached. Check the network, or correct the address." }

    private func tlsReason(_ error: any Error) -> String {
        let details = String(describing: error)
        let reason =
            if details.contains("CERTIFICATE_VERIFY_FAILED") {
                "its certificate is not trusted."
            } else if details.contains("WRONG_VERSION_NUMBER") || details.contains("HTTP_REQUEST") {
                "it does not speak TLS there. Is it http instead of https?"
            } else if error as? NIOSSLExtraError == .failedToValidateHostname {
                "its certificate is for another host."
            } else {
                "the handshake failed."
            }
        return "TLS with \(address.place) failed: \(reason)"
    }
}
