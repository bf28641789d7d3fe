import ResponsesStore

/// Changes that wait for the writer, in the order in which they came; bounded in number and bytes.
struct WriteQueue {
    private var jobs: [(number: Int, job: WriteJob)] = []
    private var bytes = 0
    private var next = 0
    private(set) var hasEnded = false

    private let countMax: Int
    private let bytesMax: Int

    /// So many are committed together at most, and of so many bytes: nobody waits for a commit of everything.
    private static var togetherMax: Int { 256 }
    private static var bytesTogetherMax: Int { 4 << 20 }

    init(countMax: Int, bytesMax: Int) {
        self.countMax = countMax
        self.bytesMax = bytesMax
    }

    var count: Int { jobs.count }

    /// - Returns: the number by which it can be taken out again.
    mutating func add(_ job: WriteJob) throws(StoreError) -> Int {
        guard !hasEnded else { throw .unavailable(reason: "the store is closed") }
        // Events leave half of it to others: no response is lost for their sake.
        let part = job.events == nil ? 1 : 2
        // One that is too large by itself goes alone.
        guard jobs.isEmpty || (jobs.count < countMax / part && bytes + job.bytes <= bytesMax / part) else {
            throw .unavailable(reason: "the disk is too slow: \(jobs.count) writes of \(bytes) bytes wait for it")
        }
        defer { next += 1 }
        jobs.append((next, job))
        bytes += job.bytes
        return next
    }

    /// Takes one out that nobody waits for any more; nil when the writer has it.
    mutating func remove(_ number: Int) -> WriteJob? {
        guard let index = jobs.firstIndex(where: { $0.number == number }) else { return nil }
        bytes -= jobs[index].job.bytes
        return jobs.remove(at: index).job
    }

    /// What is to be committed together next.
    mutating func take() -> [WriteJob] {
        var taken: [WriteJob] = []
        var takenBytes = 0
        for (_, job) in jobs {
            if job.isAlone, !taken.isEmpty { break }
            if !taken.isEmpty, taken.count >= Self.togetherMax || takenBytes + job.bytes > Self.bytesTogetherMax { break }
            taken.append(job)
            takenBytes += job.bytes
            if job.isAlone { break }
        }
        if taken.count == jobs.count { jobs.removeAll(keepingCapacity: true) } else { jobs.removeFirst(taken.count) }
        bytes -= takenBytes
        return taken
    }

    /// Nothing is taken in any more.
    mutating func end() { hasEnded = true }
}
