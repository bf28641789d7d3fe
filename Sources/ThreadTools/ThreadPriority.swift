import LibC

/// How much of a processor a thread gets beside others.
public enum ThreadPriority {
    /// Lets threads that wait for sockets go before the calling one, for as long as it lives. Where the system has no priority
    /// of single threads, nothing changes.
    public static func lower() {
        #if os(Linux)
        // Of the calling thread, not of its process (setpriority(2), "C library/kernel differences").
        _ = setpriority(__priority_which_t(UInt32(PRIO_PROCESS.rawValue)), 0, 10)
        #endif
    }
}
