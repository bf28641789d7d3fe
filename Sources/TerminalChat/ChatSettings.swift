/// What a user's options, the terminal and standard input mean together.
package struct ChatSettings: Sendable {
    package enum ToolGroup: String, CaseIterable, Sendable { case shell, files }

    var url: String
    var key: String?
    var model: String?
    var instructions: String?
    var tools: [ToolGroup]
    var allowsAll: Bool
    var directory: String
    /// Variables that commands get although they are named like secrets.
    var toolVariables: Set<String>
    var historyFile: String?
    var isPlain: Bool
    /// One question; nil for a conversation.
    var question: String?
    private let names: [ChatSetting: String]

    /// Reads standard input and the file of instructions where the options name them.
    ///
    /// - Throws: `ChatFailure.badSetting`.
    package init(_ options: ChatOptions, terminal: Terminal) throws(ChatFailure) {
        try self.init(options, terminal: terminal, readInput: TextSource.standardInput, readFile: TextSource.instructions)
    }

    init(
        _ options: ChatOptions, terminal: Terminal, readInput: () throws(ChatFailure) -> String,
        readFile: (String) throws(ChatFailure) -> String
    ) throws(ChatFailure) {
        url = options.url
        key = options.key
        model = options.model
        if let text = options.instructions {
            instructions = text.hasPrefix("@") ? try readFile(String(text.dropFirst())) : text
        }
        tools = try Self.tools(options.tools)
        allowsAll = options.allowsAll
        directory = options.directory
        toolVariables = Set(options.toolVariables)
        historyFile = options.historyFile
        isPlain = options.isPlain
        question = try Self.question(options.prompt, terminal, readInput)
        names = options.names
    }

    /// What the user calls a setting.
    func name(of setting: ChatSetting) -> String { names[setting] ?? "'\(setting.rawValue)'" }

    private static func tools(_ list: String?) throws(ChatFailure) -> [ToolGroup] {
        var tools: [ToolGroup] = []
        for name in (list ?? "").split(separator: ",").map({ String($0).trimmed }) where !name.isEmpty {
            guard let group = ToolGroup(rawValue: name) else {
                throw .badSetting(
                    .tools, problem: "there is no group of tools '\(name)'",
                    wayOut: "Choose shell, files, or both: shell,files.")
            }
            if !tools.contains(group) { tools.append(group) }
        }
        return tools
    }

    private static func question(
        _ words: [String], _ terminal: Terminal, _ readInput: () throws(ChatFailure) -> String
    ) throws(ChatFailure) -> String? {
        if words.isEmpty, terminal.isInteractive { return nil }
        var parts = words
        // Beside a prompt, standard input is read only when `-` asks for it: it may never end.
        if words.isEmpty, !terminal.inputIsTerminal { parts = ["-"] }
        if let place = parts.firstIndex(of: "-") {
            let before = parts[..<place].joined(separator: " ")
            let after = parts[(place + 1)...].joined(separator: " ")
            parts = [before, try readInput(), after].filter { !$0.trimmed.isEmpty }
        } else {
            parts = [parts.joined(separator: " ")]
        }
        let question = parts.joined(separator: "\n\n").trimmed
        guard !question.isEmpty else {
            throw .badSetting(
                .prompt, problem: "there is no question",
                wayOut: "Give one as an argument or on standard input, or run it in a terminal.")
        }
        return question
    }

    /// `HOST:PORT` of a URL, for people.
    static func authority(of url: String) -> String {
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        return String(rest.prefix { $0 != "/" && $0 != "?" })
    }
}
