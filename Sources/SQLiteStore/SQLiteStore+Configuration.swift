extension SQLiteStore {
    /// What a store may take, how long it keeps things, and what it promises when the power goes.
    public struct Configuration: Sendable {
        /// What survives what. Whatever is chosen: what was saved before a process was killed is there, and the file is whole
        /// after anything.
        public enum Synchronous: Sendable, Hashable, CaseIterable {
            /// Commits are handed to the system, which writes them when it likes. A response that was saved survives the end of
            /// the process, `kill -9` among it. When the power goes or the system crashes, the newest commits may be missing:
            /// those since the last checkpoint at most, never one of them without those before it.
            case normal
            /// Commits are on the disk before a save returns: it survives the loss of power as well, as far as the disk does what
            /// it says.
            case full
        }

        /// Normal, as a save by itself then takes half the processor time and does not wait for the disk (`Benchmarks/README.md`): a
        /// turn's client would wait with it.
        public var synchronous: Synchronous = .normal
        /// Responses go when they were not used for so long: not saved, read, nor continued. One never goes before what
        /// continues it. Nil keeps them until they are deleted, or until there is no room.
        public var retention: Duration? = .seconds(30 * 24 * 60 * 60)
        /// What the database file may take, in bytes; nil for as much as the disk has. One and a half times
        /// `walBytesMax` may stand beside it.
        public var bytesMax: Int? = 16 << 30
        /// Whether the responses that were not used for the longest time go when the file is full; otherwise saves fail with
        /// `StoreError.full`. Conversations never go by themselves.
        public var letsOldestGo = true
        /// A response's events go so long after the last of them came.
        public var eventRetention: Duration = .seconds(300)
        /// What all events together may take, in bytes, and never more than an eighth of `bytesMax`; one response's may take a
        /// quarter of it.
        public var eventBytesMax = 256 << 20
        /// Reads that are done at a time, each on a thread with a connection of its own.
        public var readers = 4
        /// Reads that wait for such a thread at most; what comes beyond is refused as `.unavailable`.
        public var waitingReadsMax = 1024
        /// What pages kept in memory may take, in bytes, of all connections together.
        public var cacheBytesMax = 32 << 20
        /// Writes that wait for their commit: so many at most, and of so many bytes. What comes beyond is refused as
        /// `.unavailable`; one that is larger by itself is taken when nothing else waits.
        public var waitingWritesMax = 8192
        public var waitingBytesMax = 64 << 20
        /// What is written is collected in a second file, the write-ahead log, and moved from there into the first beside
        /// everything else. When the log has reached this size, in bytes, commits wait a little for that; when it is half as large
        /// again, until it is done.
        public var walBytesMax = 64 << 20
        /// How long a write waits for another program that writes to the file.
        public var busyLimit: Duration = .seconds(2)
        /// Whether a file that is not there is made; otherwise opening fails.
        public var createsFile = true

        public init() {}

        /// What all events may take beside everything else: they are kept for minutes, and responses for weeks.
        var eventBytesLimit: Int { min(eventBytesMax, (bytesMax ?? .max) / 8) }
    }
}
