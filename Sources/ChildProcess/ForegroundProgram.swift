import LibC
import ThreadTools

/// Another program on this one's terminal: it has our input, output and working directory, and its keys and its end are the user's.
package struct ForegroundProgram: Sendable {
    /// A path.
    package var path: String
    package var arguments: [String]
    /// All variables that the program gets.
    package var environment: [String: String]

    package init(_ path: String, _ arguments: [String], environment: [String: String]) {
        (self.path, self.arguments, self.environment) = (path, arguments, environment)
    }

    /// Signals that the terminal sends to all who stand in its foreground: the program acts on them, and we wait for it.
    private static let ofTerminal = [SIGINT, SIGQUIT]
    /// Signals that are sent to us alone, and are meant for both.
    private static let passedOn = [SIGTERM, SIGHUP]

    /// Becomes the program: it has this process's number, and whoever started us sees its end.
    ///
    /// - Returns: only when it cannot be started.
    package func become() -> ChildProcessFailure {
        Self.keepOpenFiles()
        // Sockets have it ignored, and threads that wait for them hear no signal; the program is to have neither.
        let handler = signal(SIGPIPE, SIG_DFL)
        var (none, before) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        let code = withStrings { path, arguments, environment in
            execve(path, arguments, environment)
            return errno
        }
        // We go on as we were.
        pthread_sigmask(SIG_SETMASK, &before, nil)
        signal(SIGPIPE, handler)
        return failure(code)
    }

    /// Runs the program to its end. Cancelling the task does not end it: it is the user's.
    ///
    /// - Returns: its exit code, or 128 and the number of the signal that ended it, as shells say it.
    /// - Throws: `ChildProcessFailure` when it cannot be started.
    package func run() async throws -> Int32 {
        // Started to ignore one, as by `nohup`, the program is to ignore it, too.
        let heard = (Self.ofTerminal + Self.passedOn).filter { !IgnoredSignal.contains($0) }
        let before = heard.map { signal($0, SIG_IGN) }
        defer { for (number, handler) in zip(heard, before) { signal(number, handler) } }
        let signals = await SignalPassing.start(heard, passing: Set(Self.passedOn))
        defer { signals.end() }
        let started = try start(resetting: heard + [SIGPIPE])
        signals.pass(to: started)
        let ended = await withCheckedContinuation { continuation in
            let isWaiting = WorkerThread.start { continuation.resume(returning: Self.wait(for: started)) }
            // It runs all the same, so a thread of the pool waits for it.
            if !isWaiting { continuation.resume(returning: Self.wait(for: started)) }
        }
        return ended
    }

    private func start(resetting signals: [Int32]) throws(ChildProcessFailure) -> pid_t {
        #if canImport(Darwin)
        var attributes: posix_spawnattr_t?
        #else
        var attributes = posix_spawnattr_t()
        #endif
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var set = sigset_t()
        sigemptyset(&set)
        // Threads that wait for sockets hear no signal; the program is to hear all.
        posix_spawnattr_setsigmask(&attributes, &set)
        for number in signals { sigaddset(&set, number) }
        posix_spawnattr_setsigdefault(&attributes, &set)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        Self.keepOpenFiles()
        var process: pid_t = 0
        let code = withStrings { path, arguments, environment in
            posix_spawn(&process, path, nil, &attributes, arguments, environment)
        }
        guard code == 0 else { throw failure(code) }
        return process
    }

    /// Returns when the process has ended.
    private static func wait(for process: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) != process {
            // Somebody else took its status: nothing is known of its end.
            if errno != EINTR { return 1 }
        }
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }

    /// Our sockets and files beside input, output and error stay ours: a program that held a listening socket would keep its port.
    private static func keepOpenFiles() {
        guard let directory = opendir("/dev/fd") else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) { String(cString: $0) }
            }
            guard let file = Int32(name), file > STDERR_FILENO else { continue }
            _ = fcntl(file, F_SETFD, FD_CLOEXEC)
        }
    }

    private func failure(_ code: Int32) -> ChildProcessFailure {
        ChildProcessFailure(message: "'\(path)' cannot be started: \(String(cString: strerror(code)))")
    }

    private typealias Strings = UnsafePointer<UnsafeMutablePointer<CChar>?>

    private func withStrings(_ body: (UnsafePointer<CChar>, Strings, Strings) -> Int32) -> Int32 {
        var arguments = ([path] + arguments).map { strdup($0) }
        var environment = environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") }
        defer { for text in arguments + environment { free(text) } }
        arguments.append(nil)
        environment.append(nil)
        return path.withCString { body($0, arguments, environment) }
    }
}
