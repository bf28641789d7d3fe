import LibC

/// How many files, sockets among them, this process may have open.
public enum DescriptorLimit {
    /// What holds now.
    public static var current: Int { read().map { Self.count($0.rlim_cur) } ?? fallback }

    /// Raises the limit to the highest that the system grants without privileges.
    ///
    /// For programs at their start: children inherit it, and it is the process's, not the server's.
    /// - Returns: what holds now.
    @discardableResult
    public static func raise() -> Int {
        guard var limit = read() else { return current }
        let soft = limit.rlim_cur
        limit.rlim_cur = highest(limit.rlim_max)
        if limit.rlim_cur > soft { _ = setrlimit(resource, &limit) }
        return current
    }

    private static func highest(_ hard: rlim_t) -> rlim_t {
        #if canImport(Darwin)
        // More is refused, whatever the hard limit says.
        return min(hard, rlim_t(OPEN_MAX))
        #else
        return hard
        #endif
    }

    private static func read() -> rlimit? {
        var limit = rlimit()
        return getrlimit(resource, &limit) == 0 ? limit : nil
    }

    /// Infinity is a number of its own.
    private static func count(_ limit: rlim_t) -> Int { Int(clamping: min(limit, rlim_t(Int32.max))) }

    /// What every POSIX system grants.
    private static let fallback = 20

    #if canImport(Glibc)
    private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
    #else
    private static var resource: CInt { RLIMIT_NOFILE }
    #endif
}
