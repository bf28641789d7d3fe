/// Lets the one task that makes an answer wait for what its connection writes. On one event loop only.
struct OneWait {
    private var waiting: CheckedContinuation<Void, Never>?

    var isEmpty: Bool { waiting == nil }

    /// Keeps whoever waits; at most one at a time.
    mutating func keep(_ continuation: CheckedContinuation<Void, Never>) {
        precondition(waiting == nil, "Two tasks wait for one answer.")
        waiting = continuation
    }

    /// Lets whoever waits look again.
    mutating func wake() {
        let continuation = waiting
        waiting = nil
        continuation?.resume()
    }
}
