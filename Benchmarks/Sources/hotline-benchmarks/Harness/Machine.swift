import CMachine
import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What the machine tells of time, memory and load.
enum Machine {
    /// Nanoseconds of a clock that only goes forward.
    static var nanoseconds: UInt64 { NIODeadline.now().uptimeNanoseconds }

    /// Nanoseconds that the calling thread has run.
    static var threadNanoseconds: UInt64 { machine_thread_nanoseconds() }

    /// The load of the last minute, and how many cores there are.
    static var load: String {
        var averages = [0.0, 0.0, 0.0]
        guard getloadavg(&averages, 3) > 0 else { return "unknown" }
        return "\(averages[0].fixed(1)) on \(System.coreCount) cores"
    }

    /// Bytes that this process has allocated, without what the allocator holds besides; nil where it does not tell.
    static var allocatedBytes: Int? {
        let bytes = machine_allocated_bytes()
        return bytes > 0 ? Int(bytes) : nil
    }

    /// Keeps the calling thread on one core, so that the scheduler's choice does not decide the figures. Only on Linux,
    /// and only where there are two cores.
    static func pinThread(toCore core: Int) {
        if System.coreCount > core { machine_pin_thread(Int32(core)) }
    }

    /// Lets this process open as many files as the system allows; answers how many that are.
    static func raiseFileLimit() -> Int {
        var limit = rlimit()
        #if os(Linux)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
        let resource = RLIMIT_NOFILE
        #endif
        getrlimit(resource, &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(resource, &limit)
        getrlimit(resource, &limit)
        return Int(clamping: limit.rlim_cur)
    }
}
