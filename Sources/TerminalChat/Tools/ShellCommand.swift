import ChildProcess
import ResponsesClient

/// A command that the model calls for, run by `/bin/sh -c` as a `ChildProcess`.
struct ShellCommand: Sendable {
    var command: String
    var directory: String
    var timeMax = Duration.seconds(120)
    var outputBytesMax = 64 << 10

    struct Outcome: Sendable {
        var ending: ChildProcess.Ending
        /// Standard output and error in the order they were written.
        var output: String
    }

    /// Runs to the end; a cancelled task ends the command and all it started.
    ///
    /// - Throws: `ToolFailure` when it cannot be started, `CancellationError`.
    func run() async throws -> Outcome {
        let process = ChildProcess(
            "/bin/sh", ["-c", command], environment: Self.environment(from: ProcessEnvironment.all), directory: directory,
            timeMax: timeMax)
        do {
            let (ending, output) = try await process.run(outputBytesMax: outputBytesMax)
            return Outcome(ending: ending, output: output.text { "[\(Amounts.text($0)) bytes left out]" })
        } catch let error as ChildProcessFailure {
            throw ToolFailure("the shell could not be started: \(error.message)")
        }
    }

    /// Our variables without Hotline's settings, as keys are among them, and with those that keep programs from asking,
    /// paging and colouring.
    static func environment(from variables: [String: String]) -> [String: String] {
        variables.filter { !$0.key.hasPrefix("HOTLINE_") }
            .merging(["TERM": "dumb", "PAGER": "cat", "GIT_PAGER": "cat", "GIT_TERMINAL_PROMPT": "0"]) { $1 }
    }
}
