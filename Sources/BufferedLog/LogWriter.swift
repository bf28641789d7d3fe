import LibC
import Logging
import ThreadTools

/// Writes log lines to a descriptor on a thread of its own, so that nobody who logs ever waits for the reader.
///
///     let writer = try LogWriter(descriptor: STDERR_FILENO, format: .json)
///     let logger = Logger(label: "hotline") { BufferedLogHandler(label: $0, writer: writer) }
///     …
///     writer.close(within: .seconds(1))
///
/// A line is put into a buffer under a short lock. When the buffer is full the line is dropped and counted, and the line
/// `N log lines were dropped` takes its place as soon as there is room. A pipe that nobody reads, one whose reader is
/// gone and a descriptor that is non-blocking cost lines, and nothing else. After a failed write the next line is tried
/// again: a FIFO may find a new reader, a full disk may be emptied.
public final class LogWriter: Sendable {
    /// The usual size of the buffer: some 5,000 lines, which outlast a reader's pause of seconds at hundreds of lines a
    /// second, and a server that loses its log reader does not grow by more.
    public static let bytesMax = 1 << 20

    /// How lines are written, and with them the count of those that were dropped.
    public let format: LogFormat

    private let core: Core

    /// Starts to write to where `descriptor` leads, through a copy of it; its mode stays as it is, as other programs may
    /// share it. Of a descriptor that is closed already all lines are lost, and none goes to what takes its number next.
    ///
    /// - Parameter bytesMax: the size of the buffer, with what is being written. A line that is larger is dropped.
    /// - Throws: when the system has no thread or no pipe to spare.
    public init(descriptor: Int32, format: LogFormat, bytesMax: Int = LogWriter.bytesMax) throws(LogWriterFailure) {
        self.format = format
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard let wake = WakePipe() else {
            systemClose(copy)
            throw LogWriterFailure(reason: "no pipe could be made")
        }
        let core = Core(descriptor: copy, format: format, bytesMax: bytesMax, wake: wake)
        self.core = core
        guard WorkerThread.start(isDeaf: true, { core.run() }) else {
            systemClose(copy)
            throw LogWriterFailure(reason: "no thread could be started")
        }
    }

    /// Ends the thread; what was not flushed is lost.
    deinit { core.stop() }

    /// Puts a line into the buffer, or drops and counts it. Never waits for the descriptor. After `close` it does nothing.
    ///
    /// - Parameter line: whole, with its newline at the end.
    func write(_ line: [UInt8]) { core.append(line) }

    /// Waits until everything that was logged before is written, for `limit` at most. Blocks the calling thread.
    ///
    /// - Returns: whether everything was written. False as well when lines were lost to a closed pipe.
    @discardableResult
    public func flush(within limit: Duration) -> Bool { core.flush(within: limit) }

    /// Flushes and ends the thread: the last thing before the process exits. A full pipe holds it for `limit` at most.
    ///
    /// - Returns: as `flush(within:)`.
    @discardableResult
    public func close(within limit: Duration) -> Bool {
        let isWritten = core.flush(within: limit)
        core.stop()
        return isWritten
    }
}

extension LogWriter {
    /// What the callers and the thread share.
    ///
    /// `@unchecked Sendable`: `state` is touched with `lock` held only; all else never changes.
    private final class Core: @unchecked Sendable {
        private struct State {
            var queue: LogQueue
            /// The thread waits for a line.
            var isIdle = false
            /// The last write failed: wait for a new line before the next.
            var isBroken = false
            var isStopping = false
        }

        /// This writer's own; -1 for none.
        private let descriptor: Int32
        private let format: LogFormat
        private let wake: WakePipe
        private let lock = WaitableLock()
        private var state: State

        init(descriptor: Int32, format: LogFormat, bytesMax: Int, wake: WakePipe) {
            self.descriptor = descriptor
            self.format = format
            self.wake = wake
            state = State(queue: LogQueue(bytesMax: bytesMax))
        }

        // MARK: Callers

        func append(_ line: [UInt8]) {
            lock.withLock {
                if state.isStopping { return }
                state.queue.append(line)
                state.isBroken = false
                if state.isIdle { lock.wakeAll() }
            }
        }

        func flush(within limit: Duration) -> Bool {
            let deadline = WaitableLock.Deadline(after: limit)
            return lock.withLock {
                while !isAtRest {
                    if !lock.wait(until: deadline) { break }
                }
                return state.queue.isSettled && state.queue.dropped == 0
            }
        }

        func stop() {
            lock.withLock {
                state.isStopping = true
                lock.wakeAll()
            }
            wake.wake()
        }

        /// Nothing is left to do until another line comes. With the lock held.
        private var isAtRest: Bool {
            state.isStopping || state.queue.isSettled && (state.queue.dropped == 0 || state.isBroken)
        }

        // MARK: The thread

        func run() {
            while let entries = next() { write(entries[...]) }
            systemClose(descriptor)
        }

        /// Waits for something to write; nil when it is time to end.
        private func next() -> [LogQueue.Entry]? {
            lock.withLock {
                while !state.isStopping, !state.queue.hasEntries, state.queue.dropped == 0 || state.isBroken {
                    state.isIdle = true
                    lock.wait()
                    state.isIdle = false
                }
                return state.isStopping ? nil : state.queue.take()
            }
        }

        /// Writes whole entries together, up to what a pipe takes in one piece: lines of processes that share it do not mix.
        private func write(_ entries: ArraySlice<LogQueue.Entry>) {
            var rest = entries
            while !rest.isEmpty {
                var piece: [UInt8] = []
                var ends: [Int] = []
                for entry in rest {
                    let bytes = bytes(of: entry)
                    guard piece.isEmpty || piece.count + bytes.count <= pieceMax else { break }
                    piece.append(contentsOf: bytes)
                    ends.append(piece.count)
                }
                let (written, isWhole) = write(piece)
                let done = isWhole ? ends.count : ends.count { $0 <= written }
                settle(rest.prefix(done), lost: isWhole ? [] : rest.dropFirst(done))
                guard isWhole else { return }
                rest = rest.dropFirst(done)
            }
        }

        private func settle(_ written: ArraySlice<LogQueue.Entry>, lost: ArraySlice<LogQueue.Entry>) {
            lock.withLock {
                for entry in written { state.queue.wrote(entry) }
                for entry in lost { state.queue.lost(entry) }
                // A line that came meanwhile is tried on its own account.
                if !lost.isEmpty { state.isBroken = !state.queue.hasEntries }
                lock.wakeAll()
            }
        }

        private func bytes(of entry: LogQueue.Entry) -> [UInt8] {
            switch entry {
            case .line(let bytes): return bytes
            case .dropped(let count):
                let message = count == 1 ? "1 log line was dropped" : "\(count) log lines were dropped"
                return LogLine(time: .now(), level: .warning, message: message, logger: "log").bytes(format)
            }
        }

        /// What a pipe that is ready takes without waiting, and in one piece (POSIX: PIPE_BUF is at least 512; Linux: 4096).
        private let pieceMax = 4096

        /// - Returns: how many bytes are written, and whether that is all: not when writing failed or the thread is to end.
        private func write(_ bytes: [UInt8]) -> (written: Int, isWhole: Bool) {
            if descriptor < 0 { return (0, false) }
            var written = 0
            while written < bytes.count {
                guard waitUntilWritable() else { return (written, false) }
                let count = bytes.withUnsafeBytes { bytes in
                    systemWrite(descriptor, bytes.baseAddress?.advanced(by: written), min(bytes.count - written, pieceMax))
                }
                if count >= 0 {
                    written += count
                } else if errno == EAGAIN || errno == EWOULDBLOCK {
                    // It said that it was ready: another writer was faster. Without a pause this could spin.
                    if wake.isWoken(within: .milliseconds(10)) { return (written, false) }
                } else if errno != EINTR {
                    return (written, false)
                }
            }
            return (written, true)
        }

        /// - Returns: false when the thread is to end.
        ///
        /// The descriptor itself may block: it is shared, so its mode is not changed. One that is ready takes a piece.
        private func waitUntilWritable() -> Bool {
            var ends = [
                pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0), pollfd(fd: wake.readEnd, events: Int16(POLLIN), revents: 0),
            ]
            while poll(&ends, nfds_t(ends.count), -1) < 0, errno == EINTR || errno == EAGAIN {}
            return ends[1].revents == 0
        }
    }
}

private func systemClose(_ descriptor: Int32) {
    if descriptor >= 0 { close(descriptor) }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
