/// A point in time as Core sees it: passed in with every input, never read.
public struct Moment: Hashable, Sendable {
    /// Time on a clock that only goes forward, from any fixed beginning.
    public var uptime: Duration
    /// Wall time in whole Unix seconds, for `created_at`.
    public var unixSeconds: Int

    public init(uptime: Duration, unixSeconds: Int) {
        self.uptime = uptime
        self.unixSeconds = unixSeconds
    }
}
