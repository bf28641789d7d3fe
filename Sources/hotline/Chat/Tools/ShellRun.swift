import ResponsesClient

#if canImport(Glibc)
@preconcurrency import Glibc
#elseif canImport(Musl)
@preconcurrency import Musl
#elseif canImport(Darwin)
@preconcurrency import Darwin
#endif

/// One command of the model's, run by `/bin/sh -c`.
///
/// It has no terminal, no input and none of our open files, and a session and process group of its own. The group goes
/// when the command ends, when it is cancelled, or when its time is over; what left the group on purpose (`setsid`) stays.
struct ShellRun: Sendable {
    var command: String
    var directory: String
    var timeMax = Duration.seconds(120)
    var outputBytesMax = 64 << 10

    enum Ending: Hashable, Sendable { case exited(Int32), killed(signal: Int32), timedOut, cancelled }

    struct Outcome: Sendable {
        var ending: Ending
        /// Standard output and error in the order they were written.
        var output: String
    }

    /// Between asking a command to end and ending it.
    private static let grace = Duration.seconds(1)
    /// What a pipe may hold at most (Linux: `pipe-max-size`), so all that an ended command can have left there.
    private static let pipeBytesMax = 1 << 20

    /// Runs to the end; a cancelled task ends the command.
    ///
    /// - Throws: `ToolFailure` when it cannot be started, `CancellationError`.
    func run() async throws -> Outcome {
        guard let cancel = WakePipe() else { throw ToolFailure("no pipe could be made (error \(errno))") }
        let outcome: Result<Outcome, ToolFailure> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let hasStarted = WorkerThread.start { continuation.resume(returning: runBlocking(cancel)) }
                if !hasStarted { continuation.resume(returning: .failure(ToolFailure("no thread could be started"))) }
            }
        } onCancel: {
            cancel.wake()
        }
        try Task.checkCancellation()
        return try outcome.get()
    }

    private func runBlocking(_ cancel: WakePipe) -> Result<Outcome, ToolFailure> {
        do throws(ToolFailure) {
            let (process, output) = try start()
            defer { close(output) }
            return .success(follow(process, output, cancel))
        } catch {
            return .failure(error)
        }
    }

    // MARK: Following a command

    private func follow(_ process: pid_t, _ output: Int32, _ cancel: WakePipe) -> Outcome {
        let clock = ContinuousClock()
        let deadline = clock.now + timeMax
        var killTime: ContinuousClock.Instant?
        var early: Ending?
        var collected = CappedOutput(bytesMax: outputBytesMax)
        var isOpen = true
        // Grows while nothing happens: an end without an end of output is only seen by looking.
        var pause: Int32 = 1
        while !hasExited(process) {
            var waits = [
                pollfd(fd: isOpen ? output : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: early == nil ? cancel.readEnd : -1, events: Int16(POLLIN), revents: 0),
            ]
            poll(&waits, 2, pause)
            pause = min(pause * 2, 25)
            if waits[0].revents != 0 {
                isOpen = read(output, into: &collected)
                pause = 1
            }
            let now = clock.now
            if early == nil {
                if waits[1].revents != 0 { early = .cancelled } else if now >= deadline { early = .timedOut }
                if early != nil {
                    kill(-process, SIGTERM)
                    killTime = now + Self.grace
                }
            }
            if let time = killTime, now >= time {
                kill(-process, SIGKILL)
                killTime = nil
            }
        }
        // Its process group may have gone on; the number is not given to others before `waitpid`.
        kill(-process, SIGKILL)
        // Bounded, as a process that left the group may write for ever.
        let most = collected.count + Self.pipeBytesMax
        while isOpen, collected.count < most, isReadable(output) { isOpen = read(output, into: &collected) }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return Outcome(ending: early ?? Self.ending(status), output: collected.text)
    }

    private func hasExited(_ process: pid_t) -> Bool {
        var info = siginfo_t()
        let status = waitid(P_PID, id_t(process), &info, WEXITED | WNOHANG | WNOWAIT)
        return status == 0 ? info.si_signo == SIGCHLD : errno != EINTR
    }

    private func isReadable(_ descriptor: Int32) -> Bool {
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&wait, 1, 0) > 0
    }

    /// False at the end of the output.
    private func read(_ descriptor: Int32, into collected: inout CappedOutput) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 1) { bytes in
            #if canImport(Darwin)
            let count = Darwin.read(descriptor, bytes.baseAddress, bytes.count)
            #elseif canImport(Musl)
            let count = Musl.read(descriptor, bytes.baseAddress, bytes.count)
            #else
            let count = Glibc.read(descriptor, bytes.baseAddress, bytes.count)
            #endif
            if count > 0 { collected.append(bytes.prefix(count)) }
            return count > 0 || count < 0 && errno == EINTR
        }
    }

    private static func ending(_ status: Int32) -> Ending {
        // WIFEXITED and its kin are macros, which Swift does not see (POSIX, sys/wait.h).
        let signal = status & 0x7F
        return signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal: signal)
    }

    // MARK: Starting a command

    private func start() throws(ToolFailure) -> (pid_t, Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw ToolFailure("no pipe could be made (error \(errno))") }
        defer { close(ends[1]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var process: pid_t = 0
        let status = spawn(&process, output: ends[1])
        guard status == 0 else {
            close(ends[0])
            throw ToolFailure("the shell could not be started (error \(status))")
        }
        return (process, ends[0])
    }

    private func spawn(_ process: inout pid_t, output: Int32) -> Int32 {
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        #else
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
        // A session of its own has no terminal: nothing can ask there, or write to it. Signals are as in a new program.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Self.newSession | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
        Self.keepDescriptors(from: &actions)
        // The first shell only changes the directory: `posix_spawn` cannot do it everywhere.
        let arguments = CStrings(["sh", "-c", #"cd -- "$0" && exec /bin/sh -c "$1""#, directory, command])
        let variables = CStrings(Self.environment())
        return arguments.withPointer { arguments in
            variables.withPointer { posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments, $0) }
        }
    }

    #if canImport(Darwin)
    /// `newSession` closes them.
    private static func keepDescriptors(from actions: inout posix_spawn_file_actions_t?) {}
    #else
    /// Our descriptors stay ours: the connection to the server is among them, and sockets of NIO survive `exec`.
    private static func keepDescriptors(from actions: inout posix_spawn_file_actions_t) {
        // glibc has the action since 2.34, and shows it to GNU programs only.
        if let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") {
            typealias AddCloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
            if unsafeBitCast(symbol, to: AddCloseFrom.self)(&actions, 3) == 0 { return }
        }
        // Others have none: what is opened between here and the start slips through.
        for descriptor in 3..<Int32(clamping: min(max(sysconf(Int32(_SC_OPEN_MAX)), 256), 1 << 16)) {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    }
    #endif

    /// `POSIX_SPAWN_SETSID`, which glibc and musl show to GNU programs only.
    private static var newSession: Int16 {
        #if canImport(Darwin)
        Int16(POSIX_SPAWN_SETSID) | Int16(POSIX_SPAWN_CLOEXEC_DEFAULT)
        #else
        0x80
        #endif
    }

    /// Ours without our own settings, as keys are among them, and without anything that asks or colours.
    private static func environment() -> [String] {
        #if canImport(Darwin)
        var entry = _NSGetEnviron().pointee
        #else
        var entry: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = environ
        #endif
        var variables: [String] = []
        while let text = entry?.pointee {
            variables.append(String(cString: text))
            entry = entry?.advanced(by: 1)
        }
        let ours = ["HOTLINE_", "TERM=", "PAGER=", "GIT_PAGER=", "GIT_TERMINAL_PROMPT="]
        return variables.filter { variable in !ours.contains { variable.hasPrefix($0) } }
            + ["TERM=dumb", "PAGER=cat", "GIT_PAGER=cat", "GIT_TERMINAL_PROMPT=0"]
    }
}

/// A list of C strings that ends in null.
private struct CStrings {
    private let strings: [[CChar]]
    init(_ strings: [String]) { self.strings = strings.map { Array($0.utf8CString) } }

    func withPointer<R>(_ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R) -> R {
        let copies = strings.map { string in
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: string.count)
            copy.initialize(from: string, count: string.count)
            return copy
        }
        defer { for copy in copies { copy.deallocate() } }
        return (copies.map(Optional.some) + [nil]).withUnsafeBufferPointer { list in
            guard let start = list.baseAddress else { preconditionFailure("the list has its null at least") }
            return body(start)
        }
    }
}
