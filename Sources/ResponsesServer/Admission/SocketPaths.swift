/// The paths at which a WebSocket can be opened.
struct SocketPaths: Sendable {
    private let paths: [String]

    init(_ paths: some Sequence<String>) { self.paths = Array(paths) }

    /// The path that a request's target is, as the table of routes spells it; nil when it is none of them.
    ///
    /// As for other methods, empty parts and a query do not matter, and the target may be a whole URL (RFC 9112 section 3.2.2).
    func path(of target: String) -> String? {
        guard let path = RequestTarget(target)?.path.prefix(while: { $0 != "?" && $0 != "#" }) else { return nil }
        return paths.first { Resource.matches(String(path), $0) }
    }
}
