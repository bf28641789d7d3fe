import CEditLine
import ResponsesAPI
import ResponsesClient

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A chat from its settings to its end: one question, or a conversation.
struct Chat: Sendable {
    let settings: ChatSettings
    let terminal: Terminal

    /// - Returns: the exit code.
    /// - Throws: `Failure` when it cannot begin.
    func run() async throws -> Int32 {
        let tools = try makeTools()
        var configuration = ResponsesClient.Configuration(url: settings.url, key: settings.key)
        let model = try await chooseModel(configuration)
        configuration.template.model = model
        configuration.template.instructions = settings.instructions.map { JSONText($0) }
        // The line keeps the history; a server that stores it as well would keep prompts for nobody.
        configuration.template.store = false
        return try await client(configuration).withConnection { line in
            if let question = settings.question { return await askOnce(question, tools, on: line) }
            return await talk(tools, model, on: line)
        }
    }

    private func makeTools() throws -> [AgentTool] {
        guard !settings.tools.isEmpty else { return [] }
        do {
            return try ChatTools.make(settings.tools, in: ConfinedFolder(settings.directory))
        } catch let error as ToolFailure {
            throw Failure.badSetting("--cwd: \(error.message)", "Name a directory that is there.")
        }
    }

    private func client(_ configuration: ResponsesClient.Configuration) throws -> ResponsesClient {
        do throws(ClientError) {
            return try ResponsesClient(configuration)
        } catch {
            throw Failure.badSetting("--url: \(error.message)", "See 'hotline chat --help'.")
        }
    }

    /// The one that was named, or the first that the server lists. The list is asked for in any case: it tells whether
    /// anything listens there before a question is typed.
    private func chooseModel(_ configuration: ResponsesClient.Configuration) async throws -> String {
        do {
            let listed = try await client(configuration).models()
            guard let model = settings.model ?? listed.first else { throw Failure.noModels(settings.url) }
            return model
        } catch let error as ClientError where error.code == .unreachable {
            throw Failure.nothingListens(ChatSettings.authority(of: settings.url))
        } catch let error as APIError where error.status == 401 {
            throw Failure.wrongKey(error.message)
        } catch where settings.model == nil && !(error is Failure) {
            throw Failure.serverFails(settings.url, sentence(error))
        } catch {
            // Some servers have no list.
            guard let model = settings.model, !(error is Failure) else { throw error }
            return model
        }
    }

    private func permissions() -> SharedPermissions {
        SharedPermissions(Permissions(allowsAll: settings.allowsAll, canAsk: terminal.isInteractive))
    }

    // MARK: One question

    private func askOnce(_ question: String, _ tools: [AgentTool], on line: Line) async -> Int32 {
        let signals = SignalWatch([SIGINT, SIGTERM, SIGHUP, SIGWINCH])
        let output: any ChatOutput =
            terminal.outputIsTerminal
            ? Screen(palette: terminal.palette, isMarkdown: !settings.isPlain) : PipedOutput(columns: terminal.errorIsTerminal ? Terminal.columns : 1000)
        let mayAsk = terminal.isInteractive && !tools.isEmpty && !settings.allowsAll
        let editor = mayAsk ? makeEditor() : nil
        let agent = ChatAgent(
            tools: tools, output: output, signals: signals, input: QuietInput(isTerminal: terminal.isInteractive), editor: editor,
            permissions: permissions())
        let ending = await signals.telling { if $0 == .interrupt { editor?.interrupt() } } _: {
            await agent.ask(question, on: line.main)
        }
        await editor?.close()
        return switch ending {
        case .answered: 0
        case .failed: 1
        case .cancelled: 130
        }
    }

    // MARK: A conversation

    private func talk(_ tools: [AgentTool], _ model: String, on line: Line) async -> Int32 {
        guard let editor = makeEditor() else {
            Standard.error("error: the terminal cannot be set up for editing lines\n")
            return 71
        }
        let signals = SignalWatch([SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT])
        let screen = Screen(palette: terminal.palette, isMarkdown: !settings.isPlain)
        let agent = ChatAgent(
            tools: tools, output: screen, signals: signals, input: QuietInput(isTerminal: true), editor: editor,
            permissions: permissions())
        var loop = ChatLoop(
            settings: settings, model: model, line: line, agent: agent, editor: editor, screen: screen, signals: signals)
        let code = await loop.run()
        await editor.close()
        return code
    }

    private func makeEditor() -> LineEditor? {
        // Before the editor's thread: the locale is the process's.
        editline_use_utf8()
        return LineEditor(palette: terminal.palette, historyFile: settings.historyFile)
    }
}
