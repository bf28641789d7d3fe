import LibC
import Logging
import Testing
import ThreadTools

@testable import BufferedLog

/// A writer over real pipes: full, closed, slow, non-blocking.
@Suite(.timeLimit(.minutes(1))) struct LogWriterTests {
    /// A pipe whose ends are closed with it.
    private final class Pipe {
        let readEnd: Int32
        private(set) var writeEnd: Int32
        private var isReadOpen = true

        init(nonBlocking: Bool = false) {
            var ends: [Int32] = [-1, -1]
            precondition(pipe(&ends) == 0)
            (readEnd, writeEnd) = (ends[0], ends[1])
            if nonBlocking { _ = fcntl(writeEnd, F_SETFL, O_NONBLOCK) }
        }

        deinit {
            closeReadEnd()
            closeWriteEnd()
        }

        func closeReadEnd() {
            if isReadOpen { close(readEnd) }
            isReadOpen = false
        }

        func closeWriteEnd() {
            if writeEnd >= 0 { close(writeEnd) }
            writeEnd = -1
        }

        /// Everything up to the end, at most `pieceMax` bytes at a time.
        func readAll(pieceMax: Int = 65536) -> String {
            var all: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: pieceMax)
            while true {
                let count = read(readEnd, &piece, piece.count)
                guard count > 0 else { return String(decoding: all, as: UTF8.self) }
                all.append(contentsOf: piece.prefix(count))
            }
        }

        /// As many lines as named.
        func readLines(_ count: Int) -> [String] {
            var bytes: [UInt8] = []
            var byte: UInt8 = 0
            while bytes.count(where: { $0 == 0x0A }) < count, read(readEnd, &byte, 1) == 1 { bytes.append(byte) }
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }

    private func logger(_ writer: LogWriter) -> Logger { Logger(label: "test") { BufferedLogHandler(label: $0, writer: writer) } }

    /// The numbers of the lines `line n=…`, and how many the log says are missing before each.
    private func account(_ text: String) -> (numbers: [Int], dropped: Int) {
        var numbers: [Int] = []
        var dropped = 0
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.contains("dropped") {
                dropped += Int(words[2]) ?? -1_000_000
                // The count stands exactly where the lines are missing.
                #expect(line.hasSuffix(words[2] == "1" ? "warning 1 log line was dropped" : "warning \(words[2]) log lines were dropped"))
            } else if let last = words.last, last.hasPrefix("n="), let number = Int(last.dropFirst(2)) {
                #expect(number == numbers.count + dropped, "\(line)")
                numbers.append(number)
            } else {
                Issue.record("half a line: \(line)")
            }
        }
        return (numbers, dropped)
    }

    /// Reads on a thread of its own until the writer closed the pipe.
    private func reading(_ pipe: Pipe, pieceMax: Int, _ body: () throws -> Void) rethrows -> String {
        final class Box: @unchecked Sendable {
            // Written by the thread before `done`, read after it.
            var text = ""
            let done = WaitableLock()
            var isDone = false
        }
        let box = Box()
        nonisolated(unsafe) let pipe = pipe  // The thread only reads, the caller only closes the other end.
        precondition(
            WorkerThread.start(isDeaf: true) {
                box.text = pipe.readAll(pieceMax: pieceMax)
                box.done.withLock {
                    box.isDone = true
                    box.done.wakeAll()
                }
            })
        try body()
        pipe.closeWriteEnd()
        box.done.withLock { while !box.isDone { box.done.wait() } }
        return box.text
    }

    @Test(arguments: [false, true])
    func linesComeInOrder(nonBlocking: Bool) throws {
        let pipe = Pipe(nonBlocking: nonBlocking)
        let text = try reading(pipe, pieceMax: 65536) {
            let writer = try LogWriter(descriptor: pipe.writeEnd, format: .text)
            let logger = logger(writer)
            for number in 0..<5000 { logger.info("line", metadata: ["n": "\(number)"]) }
            #expect(writer.close(within: .seconds(30)))
        }
        #expect(account(text) == (Array(0..<5000), 0))
    }

    @Test(arguments: [false, true])
    func aPipeThatNobodyReadsCostsLinesOnly(nonBlocking: Bool) throws {
        let pipe = Pipe(nonBlocking: nonBlocking)
        let count = 20_000
        let writer = try LogWriter(descriptor: pipe.writeEnd, format: .text, bytesMax: 64 << 10)
        let logger = logger(writer)
        // Far more than pipe and buffer hold: if a caller could be held up, this would never end.
        for number in 0..<count { logger.info("line", metadata: ["n": "\(number)"]) }
        #expect(!writer.flush(within: .milliseconds(1)))
        // Once it is read everything that was kept comes, and the count of the rest.
        let text = reading(pipe, pieceMax: 65536) { #expect(writer.close(within: .seconds(30))) }
        let (numbers, dropped) = account(text)
        #expect(dropped > 0 && numbers.count > 100)
        #expect(numbers.count + dropped == count)
    }

    @Test(arguments: [1, 100])
    func aSlowReaderGetsWholeLinesAndTheTruth(pieceMax: Int) throws {
        let pipe = Pipe(nonBlocking: pieceMax == 1)
        let count = 3000
        let text = try reading(pipe, pieceMax: pieceMax) {
            let writer = try LogWriter(descriptor: pipe.writeEnd, format: .text, bytesMax: 16 << 10)
            let logger = logger(writer)
            for number in 0..<count { logger.info("line", metadata: ["n": "\(number)"]) }
            #expect(writer.close(within: .seconds(30)))
        }
        let (numbers, dropped) = account(text)
        #expect(numbers.count + dropped == count)
    }

    @Test func aFullPipeHoldsTheExitForTheLimitOnly() throws {
        let pipe = Pipe()
        let writer = try LogWriter(descriptor: pipe.writeEnd, format: .text)
        let logger = logger(writer)
        for number in 0..<2000 { logger.info("line", metadata: ["n": "\(number)", "words": "\(String(repeating: "x", count: 100))"]) }
        #expect(!writer.close(within: .milliseconds(20)))
        // Closed is closed: no more comes, and nobody waits.
        logger.info("line", metadata: ["n": "2000"])
        #expect(!writer.flush(within: .seconds(3600)))
    }

    @Test func aClosedPipeIsNoReasonToEndOrToWait() throws {
        let pipe = Pipe()
        let writer = try LogWriter(descriptor: pipe.writeEnd, format: .text)
        let logger = logger(writer)
        pipe.closeReadEnd()
        for number in 0..<10 {
            logger.info("line", metadata: ["n": "\(number)"])
            // Returns long before the limit, as there is nothing to wait for.
            #expect(!writer.flush(within: .seconds(3600)))
        }
        #expect(!writer.close(within: .seconds(3600)))
    }

    @Test func aClosedDescriptorIsNotTakenForItsSuccessor() throws {
        let pipe = Pipe()
        let closed = dup(pipe.writeEnd)
        close(closed)
        let writer = try LogWriter(descriptor: closed, format: .text)
        // Something else gets the number.
        let other = Pipe()
        logger(writer).info("line")
        #expect(!writer.close(within: .seconds(3600)))
        other.closeWriteEnd()
        #expect(other.readAll() == "")
    }

    @Test func theDescriptorMayBeClosedMeanwhile() throws {
        let pipe = Pipe()
        let writer = try LogWriter(descriptor: pipe.writeEnd, format: .text)
        pipe.closeWriteEnd()
        logger(writer).info("line", metadata: ["n": "0"])
        #expect(writer.close(within: .seconds(30)))
        // Ends, as the writer closes its copy.
        #expect(account(pipe.readAll()) == ([0], 0))
    }

    @Test func aNewReaderIsToldWhatWasLost() throws {
        // One end of a FIFO is opened again, as by a log collector that was restarted.
        let path = "/tmp/hotline-log-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try #require(mkfifo(path, 0o600) == 0)
        defer { unlink(path) }
        var readEnd = open(path, O_RDONLY | O_NONBLOCK)
        let writeEnd = open(path, O_WRONLY)
        try #require(readEnd >= 0 && writeEnd >= 0)
        defer { close(writeEnd) }
        let writer = try LogWriter(descriptor: writeEnd, format: .json)
        let logger = logger(writer)
        close(readEnd)
        for _ in 0..<3 { logger.info("lost") }
        #expect(!writer.flush(within: .seconds(3600)))
        readEnd = open(path, O_RDONLY | O_NONBLOCK)
        defer { close(readEnd) }
        logger.info("heard")
        #expect(writer.close(within: .seconds(30)))
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(readEnd, &bytes, bytes.count)
        let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        let lines = text.split(separator: "\n")
        try #require(lines.count == 2)
        #expect(lines[0].contains(#""message":"3 log lines were dropped""#))
        #expect(lines[1].contains(#""message":"heard""#))
    }

    @Test func theThreadHearsNoSignals() {
        final class Box: @unchecked Sendable {
            // Written by the thread before `isDone`, read after it.
            var blocked: [Bool] = []
            let lock = WaitableLock()
            var isDone = false
        }
        let box = Box()
        let before = isSignalBlocked()
        precondition(
            WorkerThread.start(isDeaf: true) {
                var mask = sigset_t()
                pthread_sigmask(SIG_BLOCK, nil, &mask)
                box.blocked = [SIGPIPE, SIGTERM, SIGINT, SIGHUP].map { sigismember(&mask, $0) == 1 }
                box.lock.withLock {
                    box.isDone = true
                    box.lock.wakeAll()
                }
            })
        box.lock.withLock { while !box.isDone { box.lock.wait() } }
        #expect(box.blocked == [true, true, true, true])
        // The thread that started it hears what it heard before.
        #expect(isSignalBlocked() == before)
    }

    private func isSignalBlocked() -> Bool {
        var mask = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &mask)
        return sigismember(&mask, SIGUSR2) == 1
    }

    @Test func linesAreWrittenWithoutAFlush() throws {
        let pipe = Pipe()
        let writer = try LogWriter(descriptor: pipe.writeEnd, format: .text)
        let logger = logger(writer)
        for number in 0..<3 {
            logger.info("line", metadata: ["n": "\(number)"])
            #expect(pipe.readLines(1).first?.hasSuffix(" info line n=\(number)") ?? false)
        }
    }
}
