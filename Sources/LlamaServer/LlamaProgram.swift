import ChildProcess
import LibC

/// The program that serves a model file: llama.cpp's own server, or a Python that has the wheel `xllamacpp`, which holds it.
package enum LlamaProgram: Sendable, Hashable {
    case server(path: String)
    case wheel(python: String)

    /// For people.
    package var name: String {
        switch self {
        case .server(let path): path
        case .wheel(let python): "xllamacpp of \(python)"
        }
    }

    /// What the program is called, and where it is on machines whose `PATH` does not have it.
    package static let serverName = "llama-server"
    private static let serverFolders = [
        "/usr/local/bin", "/opt/homebrew/bin", "/opt/local/bin", "~/.local/bin", "~/llama.cpp/build/bin", "~/src/llama.cpp/build/bin",
        "/opt/llama.cpp/build/bin", "/usr/local/llama.cpp/build/bin", "/app",
    ]
    private static let pythonNames = ["python3", "python"]

    /// Looks for the server on this machine: a path that is given, `PATH`, common places, then a Python with the wheel.
    ///
    /// - Parameters:
    ///   - given: a path, or a name in `PATH`; a Python counts as one with the wheel.
    ///   - variables: `PATH`, `HOME` and `VIRTUAL_ENV` are used.
    ///   - isExecutable: whether a file can be run.
    ///   - hasWheel: whether a Python has the wheel.
    /// - Returns: nil when there is none.
    package static func find(
        _ given: String? = nil, variables: [String: String] = ProcessEnvironment.all,
        isExecutable: (String) -> Bool = Self.isExecutable, hasWheel: (String) async -> Bool = Self.hasWheel
    ) async -> LlamaProgram? {
        let path = (variables["PATH"] ?? "").split(separator: ":").map(String.init)
        func first(_ name: String, in folders: [String]) -> String? { folders.map { "\($0)/\(name)" }.first(where: isExecutable) }
        if let given {
            guard let file = given.contains("/") ? (isExecutable(given) ? given : nil) : first(given, in: path) else { return nil }
            guard isPython(file) else { return .server(path: file) }
            return await hasWheel(file) ? .wheel(python: file) : nil
        }
        let home = variables["HOME"] ?? ""
        let common = serverFolders.compactMap { $0.hasPrefix("~") ? (home.isEmpty ? nil : home + $0.dropFirst()) : $0 }
        if let file = first(serverName, in: path + common) { return .server(path: file) }
        let environment = variables["VIRTUAL_ENV"].map { ["\($0)/bin"] } ?? []
        for name in pythonNames {
            if let file = first(name, in: environment + path), await hasWheel(file) { return .wheel(python: file) }
        }
        return nil
    }

    private static func isPython(_ path: String) -> Bool { path.split(separator: "/").last?.hasPrefix("python") ?? false }

    package static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    /// Asks the interpreter, without loading the library.
    package static func hasWheel(_ python: String) async -> Bool {
        let question = "import importlib.util, sys; sys.exit(importlib.util.find_spec('xllamacpp') is None)"
        // An interpreter starts within a second, even on a slow disk.
        let process = ChildProcess(python, ["-c", question], timeMax: .seconds(10))
        return (try? await process.run(outputBytesMax: 0))?.ending == .exited(0)
    }
}
