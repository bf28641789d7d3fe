import ChildProcess
import LibC
import Synchronization
import Testing

/// Programs on a real system: how they start, what they inherit, and how they end.
@Suite struct ChildProcessTests {
    private func shell(
        _ command: String, in directory: String = "/tmp", outputBytesMax: Int = 64 << 10, _ change: (inout ChildProcess) -> Void = { _ in }
    ) async throws -> (ending: ChildProcess.Ending, output: String) {
        var process = ChildProcess("/bin/sh", ["-c", command], environment: ["PATH": "/usr/bin:/bin"], directory: directory)
        change(&process)
        let (ending, output) = try await process.run(outputBytesMax: outputBytesMax)
        return (ending, output.text())
    }

    /// Waits until a killed process has died, for ten seconds at most. A zombie counts as dead: its new parent may be slow
    /// to reap it.
    private func isGone(_ process: pid_t) async throws -> Bool {
        let command = """
            tries=0
            while ps -o stat= -p \(process) 2>/dev/null | grep -qv Z; do
                tries=$((tries + 1)); test $tries -lt 500 || exit 1; sleep 0.02
            done
            """
        return try await shell(command).ending == .exited(0)
    }

    @Test(arguments: [
        ("echo one; echo two >&2", "one\ntwo\n", Int32(0)), ("exit 3", "", 3), ("pwd", "/tmp\n", 0), ("cat", "", 0), ("true", "", 0),
        ("no-such-command-here 2>/dev/null", "", 127), ("echo \"it's $((1+1))\"", "it's 2\n", 0),
        ("test -t 0 || echo none", "none\n", 0), ("(exec </dev/tty) 2>/dev/null || echo none", "none\n", 0),
        ("for end in 3 4 5 6 7 8 9; do test -e /dev/fd/$end && echo $end; done; echo none", "none\n", 0),
        ("exec >&- 2>&-; exit 5", "", 5), ("exec >&- 2>&-; sleep 0.1; exit 5", "", 5),
    ])
    func commands(_ command: String, _ output: String, _ status: Int32) async throws {
        let outcome = try await shell(command)
        #expect(outcome.output == output)
        #expect(outcome.ending == .exited(status))
    }

    @Test func argumentsAndVariablesArriveAsTheyAre() async throws {
        let process = ChildProcess(
            "sh",
            ["-c", #"printf '%s|' "$@"; env | grep -v -e ^PWD= -e ^SHLVL= -e ^_="#, "sh", "a b", "", "$x", "*"],
            environment: ["VALUE": "a=b c", "EMPTY": ""])
        let (ending, output) = try await process.run(outputBytesMax: 1000)
        #expect(ending == .exited(0))
        #expect(["a b||$x|*|EMPTY=\nVALUE=a=b c\n", "a b||$x|*|VALUE=a=b c\nEMPTY=\n"].contains(output.text()))
    }

    @Test func whatCannotBeStartedSaysWhy() async throws {
        await #expect(throws: ChildProcessFailure.self) {
            _ = try await ChildProcess("/no/such/program", environment: [:]).run(outputBytesMax: 1)
        }
        await #expect(throws: ChildProcessFailure.self) {
            _ = try await ChildProcess("no-such-program-here", environment: [:]).run(outputBytesMax: 1)
        }
        await #expect(throws: ChildProcessFailure.self) {
            _ = try await ChildProcess("./sh", environment: [:], directory: "/no/such").run(outputBytesMax: 1)
        }
        await #expect(throws: ChildProcessFailure.self) { _ = try await shell("true", in: "/no/such/directory") }
    }

    @Test func aPathIsRelativeToWhereTheProgramRuns() async throws {
        let process = ChildProcess("./sh", ["-c", "echo \"$0\"", "name"], environment: [:], directory: "/bin")
        #expect(try await process.run(outputBytesMax: 100).output.text() == "name\n")
    }

    /// A program that waits for all of its children would wait for a watcher that is one, until its own end.
    @Test func aProgramHasNoChildrenThatItDidNotStart() async throws {
        let outcome = try await shell("ps -o pid= --ppid $$ | wc -l")
        // Those of the command itself: a subshell, or ps and wc.
        #expect((Int(outcome.output.filter { $0.isNumber }) ?? 9) <= 2)
        #expect(outcome.ending == .exited(0))
    }

    /// The socket of the line must not be a command's to read and write.
    @Test func ourDescriptorsStayOurs() async throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        let outcome = try await shell("for end in \(ends[0]) \(ends[1]); do test -e /dev/fd/$end && echo $end; done; echo none")
        #expect(outcome.output == "none\n")
    }

    /// A process that left the group holds the pipe and fills it faster than it is read.
    @Test func whoeverLeavesTheGroupHoldsNothingUp() async throws {
        let left = try await shell("command -v setsid >/dev/null || exit 0; setsid sh -c 'echo $$; exec yes' & sleep 0.1")
        #expect(left.ending == .exited(0))
        if let process = pid_t(left.output.prefix { $0.isNumber }) { kill(process, SIGKILL) }
    }

    @Test func aCommandThatDiesTellsItsSignal() async throws {
        #expect(try await shell("kill -9 $$").ending == .killed(signal: SIGKILL))
    }

    @Test func timeIsLimited() async throws {
        let outcome = try await shell("echo begun; sleep 100") { $0.timeMax = .milliseconds(200) }
        #expect(outcome.ending == .timedOut && outcome.output == "begun\n")
    }

    /// Runs a command, cancels it after its first output, and returns all of its output.
    private func outputWhenCancelled(_ command: String) async -> String {
        let process = ChildProcess("/bin/sh", ["-c", command], grace: .seconds(100))
        let output = Collected()
        let (begun, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = try? await process.run { bytes in
                    output.text.withLock { $0 += String(decoding: bytes, as: UTF8.self) }
                    continuation.yield()
                }
            }
            for await _ in begun { break }
            group.cancelAll()
        }
        return output.text.withLock { $0 }
    }

    private final class Collected: Sendable { let text = Mutex("") }

    @Test func aProgramMayTidyUpWithinItsGrace() async {
        let output = await outputWhenCancelled("trap 'echo tidy; exit 0' TERM; echo begun; while :; do sleep 0.01; done")
        // A shell may mention the end of what it ran.
        #expect(output.hasPrefix("begun\n") && output.hasSuffix("tidy\n"))
    }

    /// A pipe holds 64 KiB: a program that writes more on its way out must not wait for a reader that is gone.
    @Test func outputIsReadUntilACancelledProgramExits() async {
        let output = await outputWhenCancelled(
            "trap 'head -c 300000 /dev/zero; echo end; exit 0' TERM; echo begun; while :; do sleep 0.01; done")
        #expect(output.utf8.count > 300_000 && output.hasSuffix("end\n"))
    }

    @Test func whoIgnoresTheFirstSignalGetsTheSecond() async throws {
        let outcome = try await shell("trap '' TERM; while :; do :; done") {
            ($0.timeMax, $0.grace) = (.milliseconds(50), .milliseconds(50))
        }
        #expect(outcome.ending == .timedOut)
    }

    @Test func outputIsLimited() async throws {
        let outcome = try await shell("yes 0123456789 | head -c 100000; echo; echo end", outputBytesMax: 1000)
        #expect(outcome.output.utf8.count < 1100)
        #expect(outcome.output.hasPrefix("0123456789\n") && outcome.output.hasSuffix("\nend\n"))
        #expect(outcome.output.contains("bytes left out]"))
    }

    @Test func nothingOutlivesTheCall() async throws {
        let outcome = try await shell("sleep 100 & echo $!")
        let process = try #require(pid_t(outcome.output.dropLast()))
        #expect(outcome.ending == .exited(0))
        #expect(try await isGone(process))
    }

    @Test func aProgramIsReaped() async throws {
        let process = try #require(pid_t(try await shell("echo $$").output.dropLast()))
        #expect(kill(process, 0) < 0 && errno == ESRCH)
    }

    @Test func noDescriptorIsLeftOpen() async throws {
        func openDescriptors() -> Int { (0..<4096).count { fcntl($0, F_GETFD) >= 0 } }
        let before = openDescriptors()
        for _ in 0..<200 { _ = try await shell("sleep 100 & echo x") }
        // Other tests may have opened some meanwhile.
        #expect(openDescriptors() < before + 100)
    }

    @Test func cancellingEndsTheWholeGroup() async throws {
        let (pieces, continuation) = AsyncStream.makeStream(of: [UInt8].self, bufferingPolicy: .bufferingNewest(1))
        let (wasCancelled, process) = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                do {
                    // The second program ignores the first signal.
                    let command = #"sleep 100 | sh -c 'trap "" TERM; echo $$; sleep 100; sleep 100'"#
                    _ = try await ChildProcess("/bin/sh", ["-c", command]).run { continuation.yield($0) }
                    return false
                } catch { return error is CancellationError }
            }
            let process = await pieces.first { _ in true }.map { String(decoding: $0.dropLast(), as: UTF8.self) }
            group.cancelAll()
            return (await group.next() ?? false, process)
        }
        #expect(wasCancelled)
        let number = try #require(process.flatMap(pid_t.init))
        #expect(try await isGone(number))
    }

    @Test func aCancelledTaskStartsNothingThatStays() async throws {
        let wasCancelled = await withTaskGroup(of: Bool.self) { group in
            group.cancelAll()
            group.addTask {
                do {
                    _ = try await shell("sleep 100")
                    return false
                } catch { return error is CancellationError }
            }
            return await group.next() ?? false
        }
        #expect(wasCancelled)
    }

    @Test func manyAtOnce() async throws {
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<50 {
                group.addTask { Int(try await shell("sleep 0.05; echo \(number)").output.dropLast()) ?? -1 }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == (0..<50).reduce(0, +))
    }

    @Test func allOutputArrives() async throws {
        let outcome = try await shell("head -c 300000 /dev/zero; exit 4", outputBytesMax: 1 << 20)
        #expect(outcome.ending == .exited(4) && outcome.output.utf8.count == 300_000)
    }
}
