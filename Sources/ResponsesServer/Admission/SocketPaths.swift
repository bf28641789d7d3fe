/// The paths at which a WebSocket can be opened.
struct SocketPaths: Sendable {
    private let paths: [String]

    init(_ paths: some Sequence<String>) { self.paths = Array(paths) }

    /// The path that a request's target is, as the table of routes spells it; nil when it is none of them.
    ///
    /// As for other methods, empty parts and a query do not matter, and the target may be a whole URL (RFC 9112 section 3.2.2).
    func path(of target: String) -> String? {
        var path = target.prefix { $0 != "?" && $0 != "#" }
        if let scheme = path.firstRange(of: "://"), !path.hasPrefix("/") {
            path = path[scheme.upperBound...].drop { $0 != "/" }
        }
        return paths.first { Resource.matches(String(path), $0) }
    }
}
