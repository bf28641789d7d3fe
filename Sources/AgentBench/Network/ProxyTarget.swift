/// Where a proxy leads, read from a base URL such as `https://api.example.com/v1`; `http://` may be left out.
public struct ProxyTarget: Sendable, Hashable {
    public var isSecure: Bool
    /// A name or an address, without brackets.
    public var host: String
    public var port: Int
    /// What follows the authority, without a slash at its end; often `/v1`, or empty.
    public var path: String

    /// - Throws: `BenchError` that names what is wrong with the URL.
    public init(_ url: String) throws(BenchError) {
        func bad(_ reason: String) -> BenchError {
            BenchError(setting: .url, "'\(url)' \(reason)", wayOut: "Write it as http://HOST:PORT/v1 or https://HOST/v1")
        }
        var rest = url[...]
        var scheme = "http"
        if let colon = url.firstRange(of: "://") {
            scheme = url[..<colon.lowerBound].lowercased()
            rest = url[colon.upperBound...]
        }
        switch scheme {
        case "http", "ws": isSecure = false
        case "https", "wss": isSecure = true
        default: throw bad("begins with '\(scheme)://', which is neither http:// nor https://")
        }
        guard !rest.contains(where: { $0 == "?" || $0 == "#" || $0 == "@" || $0 == " " }) else {
            throw bad("holds more than a host, a port and a path")
        }
        let authority = rest.prefix { $0 != "/" }
        var path = rest.dropFirst(authority.count)
        while path.last == "/" { path.removeLast() }
        self.path = String(path)
        var portText: Substring?
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { throw bad("has a bracket that is not closed") }
            host = String(authority[authority.index(after: authority.startIndex)..<end])
            let after = authority[authority.index(after: end)...]
            if !after.isEmpty {
                guard after.first == ":" else { throw bad("has something other than a port after the bracket") }
                portText = after.dropFirst()
            }
        } else {
            let pieces = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            host = String(pieces.first ?? "")
            if pieces.count == 2 { portText = pieces[1] }
        }
        guard !host.isEmpty else { throw bad("names no host") }
        if let portText {
            guard let number = Int(portText), (1...65_535).contains(number) else {
                throw bad("has '\(portText)' as its port, which is not a number from 1 to 65535")
            }
            port = number
        } else {
            port = isSecure ? 443 : 80
        }
    }

    /// The `Host` header: with the port, unless it is the scheme's own (RFC 9110 section 7.2).
    public var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }
}
