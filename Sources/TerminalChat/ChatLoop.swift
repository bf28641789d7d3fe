import ResponsesAPI
import ResponsesClient
import Synchronization

/// A conversation: lines from the keyboard, each a question or a command, until its end.
struct ChatLoop {
    let settings: ChatSettings
    let model: String
    let line: Line
    let agent: ChatAgent
    let editor: LineEditor
    let screen: Screen
    let signals: SignalWatch

    /// A lane and what `/retry` needs of it.
    private struct OpenLane {
        var name: String
        var lane: Lane
        var newest: (question: String, before: Chain)?
    }

    private var lanes: [OpenLane]
    private var current = 0
    private var continuation = Continuation()
    private var savedFiles: Set<String> = []

    private static var mainName: String { "main" }

    init(
        settings: ChatSettings, model: String, line: Line, agent: ChatAgent, editor: LineEditor, screen: Screen, signals: SignalWatch
    ) {
        (self.settings, self.model, self.line, self.agent) = (settings, model, line, agent)
        (self.editor, self.screen, self.signals) = (editor, screen, signals)
        lanes = [OpenLane(name: Self.mainName, lane: line.main)]
    }

    mutating func run() async -> ChatEnding {
        let ending = Ending()
        let editor = editor
        await signals.notifying { event in
            switch event {
            case .interrupt: editor.interrupt()
            case .resize: editor.resize()
            case .go: editor.goOn()
            case .stop: break
            case .end(let signal):
                ending.signal.withLock { $0 = signal }
                editor.end()
            }
        } _: {
            await talk()
        }
        let signal = ending.signal.withLock { $0 }
        return signal == 0 ? .left : .signal(signal)
    }

    private final class Ending: Sendable { let signal = Mutex<Int32>(0) }

    private mutating func talk() async {
        screen.show(.note("hotline chat · \(model) at \(ChatSettings.authority(of: settings.url)) · /help lists the commands"))
        while true {
            switch await editor.ask(question()) {
            case .ended:
                screen.write("\n")
                return
            case .interrupted: continuation.abandon()
            case .line(let text):
                guard let whole = continuation.add(text) else { continue }
                guard await follow(ChatInput(whole)) else { return }
            }
        }
    }

    private func question() -> LineEditor.Question {
        if continuation.isOpen { return LineEditor.Question(prompt: "… ", style: .dim) }
        // A single lane needs no name.
        let name = lanes.count > 1 ? lanes[current].name + " " : ""
        var style = Style.coloured(.cyan)
        style.isBold = true
        return LineEditor.Question(
            prompt: "\(name)› ", style: style, completions: ChatVerb.completions(of: "/") + lanes.map { "/lane \($0.name)" })
    }

    /// - Returns: false at the end.
    private mutating func follow(_ input: ChatInput) async -> Bool {
        switch input {
        case .nothing: return true
        case .question(let text): await ask(text)
        case .unknown(let name, let suggestion):
            note("There is no command \(name). " + (suggestion.map { "Did you mean /\($0.rawValue)?" } ?? "/help lists them."))
        case .missing(let verb): note("Write it as \(verb.usage).")
        case .superfluous(let verb): note("\(verb.usage) takes no argument.")
        case .command(.quit, _): return false
        case .command(let verb, let argument):
            do {
                try await run(verb, argument)
            } catch {
                screen.show(.failed(ErrorSentence.of(error)))
            }
        }
        return true
    }

    private mutating func ask(_ question: String) async {
        lanes[current].newest = (question, await lanes[current].lane.chain)
        _ = await agent.ask(question, on: lanes[current].lane)
        screen.write("\n")
    }

    // MARK: Commands

    private mutating func run(_ verb: ChatVerb, _ argument: String) async throws {
        switch verb {
        case .help: screen.write(ChatVerb.helpText)
        case .fork: try await fork(argument)
        case .lanes: await listLanes()
        case .lane: goTo(argument)
        case .retry: try await retry()
        case .save: try await save(argument)
        case .tools: listTools()
        case .clear:
            try await lanes[current].lane.rewind(to: Chain())
            lanes[current].newest = nil
            note("This lane starts over.")
        case .quit: break
        }
    }

    private mutating func fork(_ wanted: String) async throws {
        var number = lanes.count
        while wanted.isEmpty, lanes.contains(where: { $0.name == "fork-\(number)" }) { number += 1 }
        let name = wanted.isEmpty ? "fork-\(number)" : wanted
        guard !lanes.contains(where: { $0.name == name }) else {
            note("There is already a lane '\(name)'; /lane \(name) switches to it.")
            return
        }
        let from = lanes[current]
        let lane = try await line.lane(name, continuing: await from.lane.chain)
        lanes.append(OpenLane(name: name, lane: lane, newest: from.newest))
        current = lanes.count - 1
        note("On lane '\(name)' from here; /lane \(from.name) switches back.")
    }

    private mutating func goTo(_ name: String) {
        guard let index = lanes.firstIndex(where: { $0.name == name }) else {
            note("There is no lane '\(name)'. The lanes are: \(lanes.map(\.name).joined(separator: ", ")).")
            return
        }
        current = index
        note("On lane '\(name)'.")
    }

    private func listLanes() async {
        for (index, open) in lanes.enumerated() {
            let questions = await open.lane.chain.items.filter(\.isQuestion)
            let last = questions.last.map { " · " + SafeText.onOneLine($0.messageText) } ?? ""
            let count = questions.count == 1 ? "1 question" : "\(questions.count) questions"
            let text = "\(index == current ? "*" : " ") \(open.name) · \(count)\(last)"
            screen.write(text.cut(toColumns: Terminal.columns) + "\n")
        }
    }

    private mutating func retry() async throws {
        guard let newest = lanes[current].newest else {
            note("Nothing was asked on this lane yet.")
            return
        }
        try await lanes[current].lane.rewind(to: newest.before)
        note("Asking again: \(SafeText.onOneLine(newest.question).cut(toColumns: max(Terminal.columns - 15, 10)))")
        await ask(newest.question)
    }

    private func listTools() {
        guard !agent.tools.isEmpty else {
            note("The model has no tools. \(settings.name(of: .tools)) shell,files gives it some.")
            return
        }
        for tool in agent.tools {
            let permission = agent.permissions.decision(for: tool.name) == .run ? "runs unasked" : "asks first"
            screen.write("  \(tool.name) · \(ChatTools.meaning(of: tool.name)) · \(permission)\n")
        }
    }

    // MARK: Saving

    private mutating func save(_ path: String) async throws {
        let path = FileSaving.expanded(path)
        let items = await lanes[current].lane.chain.items
        let transcript = Transcript(model: model, instructions: settings.instructions, items: items)
        if FileSaving.exists(path), !savedFiles.contains(path) {
            let question = LineEditor.Question(prompt: "The file exists. Overwrite it? [y]es / [n]o: ", isRemembered: false)
            guard case .line(let answer) = await editor.ask(question), Permissions.Answer(answer) == .yes else {
                note("Nothing was saved.")
                return
            }
        }
        try FileSaving.write(transcript.text(for: path), to: path)
        savedFiles.insert(path)
        note("Saved \(items.count) items to \(path).")
    }

    private func note(_ text: String) { screen.show(.note(text)) }
}

extension Item {
    fileprivate var isQuestion: Bool {
        if case .message(let message) = body { message.role == .user } else { false }
    }

    fileprivate var messageText: String {
        guard case .message(let message) = body else { return "" }
        return message.content.compactMap { $0.text?.string }.joined(separator: " ")
    }
}
