import CEditLine
import LibC
import ResponsesAPI
import ResponsesClient

/// A chat from its settings to its end: one question, or a conversation, on standard input and output.
package struct Chat: Sendable {
    let settings: ChatSettings
    let terminal: Terminal

    package init(settings: ChatSettings, terminal: Terminal) { (self.settings, self.terminal) = (settings, terminal) }

    /// Takes over the process's signals, such as Ctrl-C, until it returns. One chat at a time in a process.
    ///
    /// - Throws: `ChatFailure` when it cannot begin.
    package func run() async throws -> ChatEnding {
        let tools = try makeTools()
        var configuration = ResponsesClient.Configuration(url: settings.url, key: settings.key)
        let model = try await chooseModel(configuration)
        configuration.template.model = model
        configuration.template.instructions = settings.instructions.map { JSONText($0) }
        // The line keeps the history; a server that stores it as well would keep prompts that are never used.
        configuration.template.store = false
        return try await client(configuration).withConnection { line in
            if let question = settings.question { return await askOnce(question, tools, on: line) }
            return try await talk(tools, model, on: line)
        }
    }

    private func makeTools() throws -> [AgentTool] {
        guard !settings.tools.isEmpty else { return [] }
        do {
            return try ChatTools.make(
                settings.tools, in: ConfinedFolder(settings.directory), passing: settings.toolVariables)
        } catch let error as ToolFailure {
            throw ChatFailure.badSetting(.directory, problem: error.message, wayOut: "Name a directory that exists.")
        }
    }

    private func client(_ configuration: ResponsesClient.Configuration) throws(ChatFailure) -> ResponsesClient {
        do throws(ClientError) {
            return try ResponsesClient(configuration)
        } catch {
            throw .badSetting(.url, problem: error.message, wayOut: nil)
        }
    }

    /// The one that was named, or the first that the server lists. The list is asked for in any case: it shows whether
    /// anything listens there before a question is typed.
    private func chooseModel(_ configuration: ResponsesClient.Configuration) async throws(ChatFailure) -> String {
        let client = try client(configuration)
        do {
            let listed = try await client.models()
            if let model = settings.model ?? listed.first { return model }
        } catch let error as ClientError where error.code == .unreachable {
            throw .nothingListens(authority: ChatSettings.authority(of: settings.url))
        } catch let error as APIError where error.status == 401 {
            throw .keyRefused(reason: error.message)
        } catch {
            // Some servers have no list.
            if let model = settings.model { return model }
            throw .modelsNotListed(url: settings.url, reason: ErrorSentence.of(error))
        }
        throw .noModel(url: settings.url)
    }

    private func permissions() -> SharedPermissions {
        SharedPermissions(
            Permissions(
                allowsAll: settings.allowsAll, canAsk: terminal.isInteractive, wayToAllowAll: settings.name(of: .allowsAll)))
    }

    // MARK: One question

    private func askOnce(_ question: String, _ tools: [AgentTool], on line: Line) async -> ChatEnding {
        let signals = SignalWatch([SIGINT, SIGTERM, SIGHUP, SIGWINCH])
        let output: any ChatOutput =
            terminal.outputIsTerminal
            ? Screen(palette: terminal.palette, isMarkdown: !settings.isPlain) 
            : PipedOutput(columns: terminal.errorIsTerminal ? Terminal.columns : 1000)
        let mayAsk = terminal.isInteractive && !tools.isEmpty && !settings.allowsAll
        let editor = mayAsk ? makeEditor() : nil
        let agent = ChatAgent(
            tools: tools, output: output, signals: signals, input: QuietInput(isTerminal: terminal.isInteractive), editor: editor,
            permissions: permissions())
        let ending = await signals.notifying { if $0 == .interrupt { editor?.interrupt() } } _: {
            await agent.ask(question, on: line.main)
        }
        await editor?.close()
        return switch ending {
        case .answered: .answered
        case .failed: .failed
        case .cancelled: .cancelled
        }
    }

    // MARK: A conversation

    private func talk(_ tools: [AgentTool], _ model: String, on line: Line) async throws(ChatFailure) -> ChatEnding {
        guard let editor = makeEditor() else { throw .terminalNotUsable }
        let signals = SignalWatch([SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT])
        let screen = Screen(palette: terminal.palette, isMarkdown: !settings.isPlain)
        let agent = ChatAgent(
            tools: tools, output: screen, signals: signals, input: QuietInput(isTerminal: true), editor: editor,
            permissions: permissions())
        var loop = ChatLoop(
            settings: settings, model: model, line: line, agent: agent, editor: editor, screen: screen, signals: signals)
        let ending = await loop.run()
        await editor.close()
        return ending
    }

    private func makeEditor() -> LineEditor? {
        // Before the editor's thread starts: the locale belongs to the whole process.
        editline_use_utf8()
        return LineEditor(palette: terminal.palette, historyFile: settings.historyFile)
    }
}
