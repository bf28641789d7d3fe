import AgentBench
import ChildProcess
import ScriptedEngine
import Testing

@testable import hotline

/// What a tool of `hotline chat` cannot do: read the keys that the chat was started with, and outlive it. The program itself
/// runs, against a server with the scripted engine.
@Suite(.timeLimit(.minutes(2))) struct ChatToolSafetyTests {
    /// The program beside the tests.
    private static var program: String? {
        let path = CommandLine.arguments.first { $0.contains(".xctest") }?.firstRange(of: ".xctest")
        guard let argument = CommandLine.arguments.first(where: { $0.contains(".xctest") }), let end = path?.lowerBound,
            let slash = argument[..<end].lastIndex(of: "/")
        else { return nil }
        return argument[..<slash] + "/hotline"
    }

    private func sh(_ command: String) async throws -> String {
        let process = ChildProcess("/bin/sh", ["-c", command], environment: ["PATH": "/usr/bin:/bin"], directory: "/tmp")
        return try await process.run(outputBytesMax: 1 << 20).output.text()
    }

    /// Runs a chat whose model calls `shell` with this command.
    private func chat(
        _ command: String, flags: [String] = [], environment: [String: String] = [:]
    ) async throws -> (ending: ChildProcess.Ending, output: String) {
        let program = try #require(Self.program)
        return try await ScriptedServer.with(ScriptedSpeed()) { target in
            let chat = ChildProcess(
                program,
                ["chat", "--url", target.url, "--tools", "shell", "--yes"] + flags
                    + [#"[[tools:1 shell {"command":"\#(command)"}]] go"#],
                environment: ["PATH": "/usr/bin:/bin", "PLAIN": "public"].merging(environment) { $1 }, directory: "/tmp")
            let (ending, output) = try await chat.run(outputBytesMax: 1 << 20)
            return (ending, output.text())
        }
    }

    /// What a tool finds of its own environment and of its parent's memory, as a program that looks for keys would.
    @Test func aToolFindsNoKeys() async throws {
        let folder = try await sh("mktemp -d").dropLast()
        let look = "sh /tmp/\(folder.split(separator: "/").last ?? "")/look"
        _ = try await sh(
            """
            cat > \(folder)/look <<'END'
            { env; tr '\\0' '\\n' < /proc/$PPID/environ; tr '\\0' ' ' < /proc/$PPID/cmdline; ps -o args= -p $PPID; } \
            > \(folder)/found 2>&1
            for file in /proc/$PPID/environ; do test -r $file && echo readable >> \(folder)/found; done
            ls /proc/$$/fd | wc -l > \(folder)/descriptors
            END
            """)
        let outcome = try await chat(
            "exec \(look)", flags: ["--key", "SECRETargument", "--tool-env", "PASSED_TOKEN"],
            environment: [
                "HOTLINE_KEY": "SECRETkey", "HOTLINE_API_KEYS": "SECRETkeys", "OPENAI_API_KEY": "SECRETopenai",
                "GITHUB_TOKEN": "SECRETtoken", "PASSED_TOKEN": "passed on", "EMPTY_KEY": "",
            ])
        #expect(outcome.ending == .exited(0), "\(outcome.output)")
        let found = try await sh("cat \(folder)/found; rm -r \(folder)")
        #expect(!found.contains("SECRET"), "\(found)")
        #expect(found.contains("PLAIN=public") && found.contains("PASSED_TOKEN=passed on"))
        #if os(Linux)
        #expect(found.contains("--key **************"), "covered, not cut: \(found)")
        #endif
    }

    /// Also with `--key=…`, and the chat still has it: the server would refuse another.
    @Test func theKeyIsCoveredBehindAnEqualSign() async throws {
        let outcome = try await chat("tr '\\\\0' ' ' < /proc/$PPID/cmdline > /dev/stderr; true", flags: ["--key=SECRETargument"])
        #expect(outcome.ending == .exited(0))
        #expect(!outcome.output.contains("SECRET"))
    }

    /// The chat is killed, which it cannot notice: the tool and what it started end all the same.
    @Test func aToolEndsWithItsChat() async throws {
        let folder = try await sh("mktemp -d").dropLast()
        let command = "trap : TERM HUP INT; sleep 1000 & echo $PPID $$ $! > \(folder)/new; mv \(folder)/new \(folder)/started; "
            + "wait; sleep 1000"
        async let outcome = chat(command)
        let started = try await sh(
            """
            tries=0
            while ! cat \(folder)/started 2>/dev/null; do tries=$((tries + 1)); test $tries -lt 3000 || exit; sleep 0.02; done
            """)
        let processes = started.split { $0 == " " || $0 == "\n" }
        _ = try await sh("kill -KILL \(processes.first ?? "")")
        #expect(try await outcome.ending == .killed(signal: 9))
        #expect(processes.count == 3)
        for process in processes.dropFirst() {
            // A zombie counts as dead: its new parent may be slow to reap it.
            let left = try await sh(
                """
                tries=0
                while ps -o stat= -p \(process) 2>/dev/null | grep -qv Z; do
                    tries=$((tries + 1)); test $tries -lt 500 || { echo left; exit; }; sleep 0.02
                done
                """)
            #expect(left == "", "\(process) outlived its chat")
        }
        _ = try await sh("rm -r \(folder)")
    }
}
