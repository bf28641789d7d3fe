import LibC
import Subprocess
import Synchronization

#if canImport(System)
import System
#else
import SystemPackage
#endif

/// A program to run beside this one: what is started, and how it is stopped.
///
/// The program has no terminal, no input and none of our open files, and leads its own session and process group.
/// The group ends with the program: when the program exits, when its time is over, or when the task that runs it is
/// cancelled. A process that left the group on purpose (`setsid`) stays.
///
/// The group ends with this process as well, however that ends: a watcher in the group waits for the end of a pipe whose other
/// end is ours alone.
///
/// A command runs until it exits. A server runs in a task of its own, which is cancelled to stop it.
///
/// swift-subprocess starts, watches and reaps the program. It leaves three things to this type. A group's other members
/// are killed after the program's own exit. Reading ends then as well, even if a process outside the group holds the pipe
/// and keeps writing. And there is a time limit.
package struct ChildProcess: Sendable {
    /// A path, or a name to look up in `PATH`.
    package var program: String
    package var arguments: [String]
    /// All variables that the program gets.
    package var environment: [String: String]
    /// Where the program runs; nil for our own working directory.
    package var directory: String?
    /// How long the program may run; nil for no limit.
    package var timeMax: Duration?
    /// The time between SIGTERM, which asks the group to end, and SIGKILL, which ends it.
    package var grace: Duration

    /// What a pipe can hold at most (Linux: `pipe-max-size`), so all that an ended program can have left there.
    private static let pipeBytesMax = 1 << 20
    /// Some thirty years. Clocks count nanoseconds in 64 bits, so the longest duration would overflow them.
    private static let timeWithoutLimit = Duration.seconds(1_000_000_000)

    package init(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = ProcessEnvironment.all,
        directory: String? = nil, timeMax: Duration? = nil, grace: Duration = .seconds(1)
    ) {
        (self.program, self.arguments, self.environment) = (program, arguments, environment)
        (self.directory, self.timeMax, self.grace) = (directory, timeMax, grace)
    }

    package enum Ending: Hashable, Sendable { case exited(Int32), killed(signal: Int32), timedOut }

    /// Runs the program to its end. Cancelling the task stops the program's group; this function returns when the program
    /// is gone.
    ///
    /// - Parameter onOutput: gets standard output and error, in the order they were written, in pieces of up to 64 KiB.
    ///   Nothing is read while it runs, so a slow one makes the program wait at a full pipe.
    /// - Throws: `ChildProcessFailure` when the program cannot be started, `CancellationError`.
    package func run(onOutput: @escaping @Sendable ([UInt8]) -> Void) async throws -> Ending {
        let status: TerminationStatus
        let isTimedOut: Bool
        do {
            let path = try await executablePath()
            let life = try LifePipe()
            defer { life.end() }
            let result = try await Subprocess.run(
                configuration(running: path),
                input: .fileDescriptor(FileDescriptor(rawValue: life.readEnd), closeAfterSpawningProcess: false),
                output: .sequence, error: .combinedWithOutput
            ) { execution in
                let start = ContinuousClock.now
                let output = execution.standardOutput
                let hasEnded = Atomic(false)
                // Not a child task, as a cancelled one reads nothing: until its end the program must not wait at a full
                // pipe, and what it writes on SIGTERM counts. It is awaited below in any case.
                let reader = Task { @Sendable in await Self.read(output, hasEnded, onOutput) }
                await execution.teardown(using: lifetime)
                let time = ContinuousClock.now - start
                // The program's number is not given to another process before it is reaped, after this closure.
                try? execution.send(signal: .kill, toProcessGroup: true)
                hasEnded.store(true, ordering: .releasing)
                await reader.value
                return timeMax.map { time >= $0 } ?? false
            }
            (status, isTimedOut) = (result.terminationStatus, result.closureResult)
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            throw ChildProcessFailure(message: String(describing: error))
        }
        try Task.checkCancellation()
        if isTimedOut { return .timedOut }
        return switch status {
        case .exited(let code): .exited(code)
        case .signaled(let signal): .killed(signal: signal)
        }
    }

    /// Runs the program to its end, and keeps the beginning and the end of its output.
    ///
    /// - Throws: `ChildProcessFailure` when the program cannot be started, `CancellationError`.
    package func run(outputBytesMax: Int) async throws -> (ending: Ending, output: CappedOutput) {
        let output = Mutex(CappedOutput(bytesMax: outputBytesMax))
        let ending = try await run { bytes in output.withLock { $0.append(bytes) } }
        return (ending, output.withLock { $0 })
    }

    /// What a program needs that is to end with us, in the shell that becomes the program. It is given the pipe as input.
    ///
    /// The watcher is nobody's child, so that a program that waits for all of its children does not wait for it. It is of the
    /// program's group, which therefore exists when it kills it, and is killed with it.
    private static let beginning = """
        exec 3<&0 </dev/null
        ( ( trap '' HUP INT QUIT TERM; read -r _ <&3; kill -KILL 0 ) >/dev/null 2>&1 & )
        exec 3<&-
        exec "$0" "$@"
        """

    private var variables: Environment {
        .custom(Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0), $1) }))
    }

    /// Where the program is: looked up now, as only then a failure can be told from one of the program's own.
    private func executablePath() async throws -> String {
        guard !program.contains("/") else {
            // A path is relative to where the program is to run.
            let path = program.hasPrefix("/") ? program : (directory ?? ".") + "/" + program
            guard access(path, X_OK) == 0 else { throw ChildProcessFailure(message: "'\(program)' cannot be run") }
            return program
        }
        return try await Executable.name(program).resolveExecutablePath(in: variables).string
    }

    private func configuration(running path: String) -> Configuration {
        var options = PlatformOptions()
        // A session without a terminal: nothing can ask there, or write to it.
        options.createSession = true
        options.teardownSequence = [stop]
        return Configuration(
            executable: .path("/bin/sh"), arguments: Arguments(["-c", Self.beginning, path] + arguments),
            environment: variables, workingDirectory: directory.map { FilePath($0) }, platformOptions: options)
    }

    /// Is followed by SIGKILL to the group, as every teardown ends with it.
    private var stop: TeardownStep { .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: grace) }

    /// Waits for the program's exit, and stops the program when its time is over.
    ///
    /// A teardown ends as soon as the program exits, and signal 0 is not delivered (POSIX, kill): the first step only waits.
    private var lifetime: [TeardownStep] {
        [.send(signal: Signal(rawValue: 0), allowedDurationToNextStep: timeMax ?? Self.timeWithoutLimit), stop]
    }

    /// Reads to the end of the output. swift-subprocess ends it with the program's exit, once the pipe is empty; a process
    /// that left the group may keep it from ever being empty, so what is read from then on is limited.
    private static func read(
        _ output: SubprocessOutputSequence, _ hasEnded: borrowing Atomic<Bool>, _ onOutput: ([UInt8]) -> Void
    ) async {
        var bytesAfterEnd = 0
        var pieces = output.makeAsyncIterator()
        // An output that cannot be read counts as ended.
        while bytesAfterEnd < pipeBytesMax, let piece = try? await pieces.next() {
            onOutput(piece.withUnsafeBytes { Array($0) })
            if hasEnded.load(ordering: .acquiring) { bytesAfterEnd += piece.count }
        }
    }
}
