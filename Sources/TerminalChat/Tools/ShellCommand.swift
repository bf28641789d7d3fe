import ChildProcess
import ResponsesClient

/// A command that the model calls for, run by `/bin/sh -c` as a `ChildProcess`.
struct ShellCommand: Sendable {
    var command: String
    var directory: String
    var timeMax = Duration.seconds(120)
    var outputBytesMax = 64 << 10
    /// Variables that it gets although they are named like secrets.
    var passedVariables: Set<String> = []

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
            "/bin/sh", ["-c", command], environment: ToolEnvironment.variables(from: ProcessEnvironment.all, passing: passedVariables),
            directory: directory, timeMax: timeMax)
        do {
            let (ending, output) = try await process.run(outputBytesMax: outputBytesMax)
            return Outcome(ending: ending, output: output.text { "[\(Amounts.text($0)) bytes left out]" })
        } catch let error as ChildProcessFailure {
            throw ToolFailure("the shell could not be started: \(error.message)")
        }
    }
}
