/// The paths at which a WebSocket can be opened.
struct SocketPaths: Sendable {
    private let paths: Set<String>

    init(_ paths: some Sequence<String>) { self.paths = Set(paths) }

    /// Whether a request's target is one of them; a slash at the end and a query do not matter.
    func contains(_ uri: String) -> Bool {
        let path = uri.prefix { $0 != "?" && $0 != "#" }
        return paths.contains(path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : String(path))
    }
}
