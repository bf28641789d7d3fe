#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What the flags, the environment and standard input mean together.
struct ChatSettings: Sendable {
    static let defaultURL = "http://127.0.0.1:8484/v1"

    enum ToolGroup: String, CaseIterable, Sendable { case shell, files }

    var url: String
    var key: String?
    var model: String?
    var instructions: String?
    var tools: [ToolGroup]
    var allowsAll: Bool
    var directory: String
    var historyFile: String?
    var isPlain: Bool
    /// One question; nil for a conversation.
    var question: String?

    init(
        _ command: ChatCommand, terminal: Terminal, environment: (String) -> String? = Self.processVariable,
        readInput: () throws(Failure) -> String = Self.readInput, readFile: (String) throws(Failure) -> String = Self.readFile
    ) throws(Failure) {
        url = command.url ?? Self.defaultURL
        key = [command.key, environment("HOTLINE_KEY")].compactMap(\.self).first { !$0.isEmpty }
        model = command.model
        if let text = command.instructions {
            instructions = text.hasPrefix("@") ? try readFile(String(text.dropFirst())) : text
        }
        tools = try Self.tools(command.tools)
        allowsAll = command.yes
        directory = command.cwd ?? "."
        historyFile = command.history
        isPlain = command.plain
        question = try Self.question(command.prompt, terminal, readInput)
    }

    private static func tools(_ list: String?) throws(Failure) -> [ToolGroup] {
        var tools: [ToolGroup] = []
        for name in (list ?? "").split(separator: ",").map({ String($0).trimmed }) where !name.isEmpty {
            guard let group = ToolGroup(rawValue: name) else {
                throw .badSetting("--tools: there is no '\(name)'", "Choose shell, files, or both: --tools shell,files.")
            }
            if !tools.contains(group) { tools.append(group) }
        }
        return tools
    }

    private static func question(
        _ words: [String], _ terminal: Terminal, _ readInput: () throws(Failure) -> String
    ) throws(Failure) -> String? {
        if words.isEmpty, terminal.isInteractive { return nil }
        var parts = words
        // Standard input is not read beside a prompt unasked: where it never ends, neither would we.
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
            throw .badSetting("there is no question", "Give one as an argument or on standard input, or run it in a terminal.")
        }
        return question
    }

    /// `HOST:PORT` of a URL, for people.
    static func authority(of url: String) -> String {
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        return String(rest.prefix { $0 != "/" && $0 != "?" })
    }

    // MARK: The outside

    static func processVariable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// More does not fit into one message of any server.
    private static var textBytesMax: Int { 10 << 20 }

    static func readInput() throws(Failure) -> String { try readText(STDIN_FILENO, "standard input") }

    static func readFile(_ path: String) throws(Failure) -> String {
        let file = open(path, O_RDONLY)
        guard file >= 0 else {
            throw .badSetting("--instructions: '\(path)' cannot be read: \(String(cString: strerror(errno)))", "Name a file that is there.")
        }
        defer { close(file) }
        return try readText(file, "'\(path)'")
    }

    private static func readText(_ file: Int32, _ what: String) throws(Failure) -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = systemRead(file, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw .badSetting("\(what) cannot be read: \(String(cString: strerror(errno)))", "Give the text in another way.")
            }
            if count == 0 { break }
            bytes += chunk[..<count]
            guard bytes.count <= textBytesMax else {
                throw .badSetting("\(what) holds more than \(Amounts.text(bytes: textBytesMax))", "Give less.")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .badSetting("\(what) is not text in UTF-8", "Convert it first.")
        }
        return text
    }
}

private func systemRead(_ file: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int { read(file, bytes, count) }

extension Failure {
    static func nothingListens(_ authority: String) -> Failure {
        Failure(
            message: "nothing listens on \(authority)",
            wayOut: "Start a server with 'hotline serve', or point --url at a running one.", code: 69)
    }

    static func noModels(_ url: String) -> Failure {
        Failure(message: "the server at \(url) lists no model", wayOut: "Name one with --model.", code: 69)
    }

    static func wrongKey(_ reason: String) -> Failure {
        Failure(message: "the server refuses the key: \(reason)", wayOut: "Give the right one with --key or HOTLINE_KEY.", code: 77)
    }

    static func serverFails(_ url: String, _ reason: String) -> Failure {
        Failure(
            message: "the server at \(url) does not list its models: \(reason)",
            wayOut: "Look whether --url is right, or name a model with --model.", code: 69)
    }
}
