import LibC

/// A pipe whose reader learns that this process is gone, however it went: the kernel closes the other end then.
struct LifePipe: Sendable {
    /// For the children that are to learn it.
    let readEnd: Int32
    private let writeEnd: Int32

    /// - Throws: `ChildProcessFailure` when the process has no descriptors left.
    init() throws(ChildProcessFailure) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw ChildProcessFailure(message: "no descriptors are left for a pipe") }
        (readEnd, writeEnd) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    /// Closes both ends. What still reads takes it for the end of this process.
    func end() {
        close(readEnd)
        close(writeEnd)
    }
}
