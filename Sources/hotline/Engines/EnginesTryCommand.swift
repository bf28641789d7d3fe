import ArgumentParser
import OpenAICompatibleEngine

/// `hotline engines try`: a short trial of an engine, as a table for a bug report.
struct EnginesTryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "try", abstract: "Try out what agents need of an engine, and print a table for a bug report.",
        discussion: """
            Some fifteen turns are asked of the engine through a server in this process. The table holds no key, no address and \
            nothing that the model said. Ends with 0 when nothing is wrong, with 1 otherwise.
            """)

    @Argument(help: ArgumentHelp("An engine's name in the file, or its base URL. (default: the one that is configured or found)"))
    var name: String?

    @Option(
        name: .customLong("with-model"), help: ArgumentHelp("The model to ask. (default: the first one that is known)", valueName: "name"))
    var modelName: String?

    @Option(name: .customLong("case-time"), help: ArgumentHelp("How long each case may take. (default: 120s)", valueName: "duration"))
    var caseTime: String?

    @OptionGroup var flags: ServeFlags

    func run() async throws {
        let wrong: Int
        do {
            wrong = try await tryOut()
        } catch let failure as Failure {
            failure.exit()
        }
        if wrong > 0 { throw ExitCode(1) }
    }

    /// - Returns: how many cases were wrong.
    private func tryOut() async throws -> Int {
        var flags = self.flags
        if let name { flags.engine = name }
        let file = try ConfigurationFile.load(flag: flags.config, environment: ProcessVariable.value)
        let settings = try ServeSettings(flags, file: file)
        guard let time = Duration(shortForm: caseTime ?? "120s"), time > .zero else {
            throw Failure.badSetting("--case-time: '\(caseTime ?? "")' is not a duration", "Write it as a number with s or m, such as 120s.")
        }
        let (wanted, address) = try await engine(settings)
        let model = modelName
        return try await ServedEngine.with(wanted, at: address, model: model) { served in
            guard let model = served.model else {
                throw Failure(
                    message: "no model of the engine is known: it does not answer, or shows no list of models",
                    wayOut: "Start the engine, or name a model with --with-model.", code: 70)
            }
            let trial = EngineTrial(url: served.url, model: model, contextTokens: served.contextTokens, timeMax: time)
            let rows = await trial.run { row in Standard.error("\(row.name): \(row.outcome.verdict.rawValue)\n") }
            let report = TrialReport(
                engine: "profile \(served.profile.name)" + (wanted.fields.isEmpty ? "" : ", with \(wanted.fields.map(\.text).joined(separator: ", "))"),
                model: model, contextTokens: served.contextTokens, learnt: served.learnt, rows: rows)
            Standard.output(report.text)
            return rows.filter { $0.outcome.verdict == .wrong }.count
        }
    }

    private func engine(_ settings: ServeSettings) async throws -> (EngineSettings, EngineAddress) {
        guard settings.engines.count == 1 else {
            throw Failure.badSetting(
                "there are \(settings.engines.count) engines", "Name one: \(settings.engines.compactMap(\.name).joined(separator: ", ")).")
        }
        var wanted = settings.engines[0]
        switch wanted.place {
        case .url(let url): return (wanted, try EngineChoice.address(url, wanted))
        case .scripted: throw Failure.badSetting("the scripted engine is not tried", "Name an engine that is a model.")
        case .gguf, .demo:
            throw Failure.badSetting(
                "a model file is tried behind a server of its own", "Start 'llama-server' with it, and give its base URL.")
        case .find:
            guard let found = await EngineProbe.find().first else {
                throw Failure(message: "no engine answers on this machine", wayOut: "Start one, or give its base URL.", code: 70)
            }
            wanted.place = .url(found.address.base)
            wanted.name = found.name
            return (wanted, found.address)
        }
    }
}
