import NIOHTTP1
import NIOSSL
import StreamingHTTP

/// What every connection to a server needs: address, headers, trust and limits.
struct ServerAccess: Sendable {
    let address: ServerAddress
    /// On the upgrade and on each HTTP request.
    let headers: HTTPHeaders
    let limits: ClientLimits
    /// Used when the address asks for TLS.
    let tls: TLSConfiguration

    /// - Parameter headers: replace the ones that are sent by default, of the same name.
    /// - Throws: `ClientError` when the address cannot be used, or HTTP cannot carry a header.
    init(
        url: String, key: String?, headers: [(name: String, value: String)], limits: ClientLimits, tls: TLSConfiguration
    ) throws(ClientError) {
        address = try ServerAddress(url)
        self.headers = try Self.headers(key: key, headers)
        self.limits = limits
        self.tls = tls
    }

    private static func headers(
        key: String?, _ others: [(name: String, value: String)]
    ) throws(ClientError) -> HTTPHeaders {
        var headers: HTTPHeaders = ["User-Agent": "hotline-swift"]
        if let key { headers.add(name: "Authorization", value: "Bearer \(key)") }
        for (name, _) in others { headers.remove(name: name) }
        for (name, value) in others { headers.add(name: name, value: value) }
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

    /// Why no connection could be opened, for people.
    func reason(_ problem: ConnectProblem) -> String {
        switch problem {
        case .noHost: "No host is named '\(address.host)'. Correct the address."
        case .refused: "Nothing listens at \(address.place). Start a server there, or correct the address."
        case .unreachable: "\(address.place) cannot be reached. Check the network, or correct the address."
        case .timedOut: "\(address.place) does not answer. Check the network, or correct the address."
        case .tls(let fault): "TLS with \(address.place) failed: \(Self.words(fault))"
        }
    }

    private static func words(_ fault: ConnectProblem.TLSFault) -> String {
        switch fault {
        case .untrusted: "its certificate is not trusted."
        case .notTLS: "it does not speak TLS there. Is it http instead of https?"
        case .otherHost: "its certificate is for another host."
        case .other: "the handshake failed."
        }
    }
}
