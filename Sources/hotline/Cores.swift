import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// How many cores this process may use: one event loop each.
enum Cores {
    /// NIO counts what the machine and its control group have; a process pinned to fewer would run loops that push each
    /// other off their core.
    static var count: Int {
        #if os(Linux)
        var set = cpu_set_t()
        guard sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &set) == 0 else { return System.coreCount }
        let allowed = withUnsafeBytes(of: set) { $0.reduce(0) { $0 + $1.nonzeroBitCount } }
        return max(1, min(System.coreCount, allowed))
        #else
        return System.coreCount
        #endif
    }
}
