import LibC

/// A program that a test runs: what it writes, and signals to it.
final class ChildProgram {
    let process: pid_t
    private let output: Int32
    private var text = ""

    /// - Parameter errors: whether its standard error is read as well.
    init?(_ arguments: [String], errors: Bool = false) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        #else
        var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        if errors { posix_spawn_file_actions_adddup2(&actions, ends[1], 2) }
        var pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var process = pid_t()
        let status = posix_spawnp(&process, arguments[0], &actions, nil, &pointers, environ)
        close(ends[1])
        guard status == 0 else {
            close(ends[0])
            return nil
        }
        self.process = process
        output = ends[0]
    }

    deinit { close(output) }

    /// The program that stands beside this one.
    static func beside(_ name: String) -> String {
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        let own = count > 0 ? String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : CommandLine.arguments[0]
        return (own.lastIndex(of: "/").map { String(own[...$0]) } ?? "") + name
    }

    /// Whether there is such a program; where it is looked for is known on Linux only.
    static func isBeside(_ name: String) -> Bool { access(beside(name), X_OK) == 0 }

    /// Reads until it has written so many lines, or nothing more comes.
    @discardableResult
    func waitForLines(_ count: Int) -> [Substring] {
        while lines.count < count, readMore() {}
        return lines
    }

    var lines: [Substring] {
        // The last may not be whole.
        text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    }

    private func readMore() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = read(output, &bytes, bytes.count)
        guard count > 0 else { return false }
        text += String(decoding: bytes[..<count], as: UTF8.self)
        return true
    }

    /// Reads what it has written so far.
    func readWritten() -> [Substring] {
        _ = fcntl(output, F_SETFL, O_NONBLOCK)
        defer { _ = fcntl(output, F_SETFL, 0) }
        while readMore() {}
        return lines
    }

    /// Sends a signal and waits for what it does: to stop, or to end.
    @discardableResult
    func signal(_ number: Int32) -> Int32 {
        kill(process, number)
        return number == SIGCONT ? 0 : wait(number == SIGSTOP ? WUNTRACED : 0)
    }

    @discardableResult
    func wait(_ options: Int32 = 0) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, options) < 0, errno == EINTR {}
        return status
    }

    /// The exit code behind `wait`'s status; nil when a signal ended it.
    static func exitCode(_ status: Int32) -> Int32? { status & 0x7F == 0 ? (status >> 8) & 0xFF : nil }

    /// Runs a program to its end.
    static func run(_ arguments: [String]) -> (code: Int32?, text: String) {
        guard let child = ChildProgram(arguments, errors: true) else { return (nil, "") }
        while child.readMore() {}
        return (exitCode(child.wait()), child.text)
    }
}
