import CProcessControl

/// How much of a processor a thread gets beside others.
public enum ThreadPriority {
    /// Lets threads that wait for sockets go before the calling one, for as long as it lives. Where the system has no priority
    /// of single threads, nothing changes.
    public static func lower() {
        // A tenth of a processor that others want whole. Thirty milliseconds are what a piece of work takes here, and ten times
        // what others get at a time: who wakes does not wait for the end of it.
        _ = process_thread_give_way(10, 30_000_000)
    }
}
