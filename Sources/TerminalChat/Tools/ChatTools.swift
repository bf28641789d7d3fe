import ChildProcess
import ResponsesClient

/// The tools that a chat can offer a model.
enum ChatTools {
    struct Command: Decodable, Sendable {
        var command: String
        var seconds: Int?
    }

    struct Reading: Decodable, Sendable {
        var path: String
        var from_line: Int?
        var lines: Int?
    }

    struct Writing: Decodable, Sendable {
        var path: String
        var content: String
    }

    struct Edit: Decodable, Sendable {
        var path: String
        var old: String
        var new: String
    }

    struct Listing: Decodable, Sendable { var path: String }

    private static var secondsMax: Int { 600 }

    /// All of them need approval: reading sends files to the server too.
    ///
    /// - Parameter variables: those that commands get although they are named like secrets.
    static func make(
        _ groups: [ChatSettings.ToolGroup], in folder: ConfinedFolder, passing variables: Set<String> = []
    ) throws(SchemaError) -> [AgentTool] {
        var tools: [AgentTool] = []
        if groups.contains(.shell) { tools.append(try shell(in: folder.root, passing: variables)) }
        if groups.contains(.files) { tools += try files(FolderFiles(folder: folder)) }
        return tools
    }

    /// What `/tools` says about each.
    static func meaning(of tool: String) -> String {
        switch tool {
        case "shell": "runs a command with /bin/sh"
        case "read_file": "reads a text file"
        case "write_file": "writes a whole file"
        case "edit_file": "replaces text in a file"
        case "list_directory": "lists a directory"
        default: ""
        }
    }

    private static func shell(in directory: String, passing variables: Set<String>) throws(SchemaError) -> AgentTool {
        try AgentTool(
            "shell",
            "Runs a command with /bin/sh -c in \(directory). Returns the exit status, then standard output and error "
                + "together. There is no input and no terminal. All processes that it starts end with it.",
            describing: ["command": "The command line.", "seconds": "Time limit; 120 when left out, at most \(secondsMax)."],
            needsApproval: true
        ) { (input: Command) in
            var run = ShellCommand(command: input.command, directory: directory)
            run.passedVariables = variables
            if let seconds = input.seconds { run.timeMax = .seconds(min(max(seconds, 1), secondsMax)) }
            return report(try await run.run(), run.timeMax)
        }
    }

    static func report(_ outcome: ShellCommand.Outcome, _ timeMax: Duration) -> String {
        let ending =
            switch outcome.ending {
            case .exited(let status): "exit status \(status)"
            case .killed(let signal): "ended by signal \(signal)"
            case .timedOut: "ended after \(timeMax.components.seconds) s, the time limit"
            }
        return outcome.output.isEmpty ? ending : ending + "\n" + outcome.output
    }

    private static func files(_ files: FolderFiles) throws(SchemaError) -> [AgentTool] {
        let place = "Relative to \(files.folder.root); nothing outside it can be used."
        return [
            try AgentTool(
                "read_file", "Reads a text file.",
                describing: ["path": place, "from_line": "The first line to read; 1 when left out.", "lines": "How many at most."],
                needsApproval: true
            ) { (input: Reading) in try files.read(input.path, fromLine: input.from_line ?? 1, linesMax: input.lines) },
            try AgentTool(
                "write_file", "Writes a text file, replacing an existing one.",
                describing: ["path": place + " Missing directories are created.", "content": "The whole text."], needsApproval: true
            ) { (input: Writing) in try files.write(input.path, input.content) },
            try AgentTool(
                "edit_file", "Replaces text in a file, where it must occur exactly once.",
                describing: ["path": place, "old": "The text to replace.", "new": "The text to put there."], needsApproval: true
            ) { (input: Edit) in try files.edit(input.path, replacing: input.old, with: input.new) },
            try AgentTool(
                "list_directory", "Lists a directory: 'name/' is a directory, 'name@' a symbolic link, which is not followed.",
                describing: ["path": place + " '.' is the top directory."], needsApproval: true
            ) { (input: Listing) in try files.list(input.path) },
        ]
    }
}
