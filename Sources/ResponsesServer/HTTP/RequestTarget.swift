/// The target of a request (RFC 9112 section 3.2), without what names the server.
struct RequestTarget: Hashable {
    /// Path and query as the client wrote them; `*` for a request about the server itself.
    var path: String
    /// Of a target that is a whole URL: it counts instead of `Host` (RFC 9112 section 3.2.2).
    var authority: String?

    /// Nil for what is neither a path, nor `*`, nor the URL of a resource.
    init?(_ target: String) {
        if target.utf8.first == UInt8(ascii: "/") || target == "*" {
            path = target
            return
        }
        guard let scheme = target.firstRange(of: "://"), Self.schemes.contains(target[..<scheme.lowerBound].lowercased()) else {
            return nil
        }
        let rest = target[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let path = rest[authority.endIndex...]
        self.authority = String(authority)
        self.path = path.first == "/" ? String(path) : "/\(path)"
    }

    private static let schemes: Set<String> = ["http", "https", "ws", "wss"]
}
