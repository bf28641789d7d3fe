import ArgumentParser
import Logging
import NIOPosix

/// `hotline engines`: what is configured and found, and whether it answers.
struct EnginesListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the engines that are configured or run on this machine.",
        discussion: """
            Each is asked for its models, and for a turn of 16 tokens, which shows how long the first byte takes and what is learnt of \
            what the engine refuses. --no-turn leaves the turn out.
            """)

    @Flag(help: "Ask for no turn, so that nothing is generated.")
    var noTurn = false

    @OptionGroup var flags: ServeFlags

    func run() async throws {
        do {
            let file = try ConfigurationFile.load(flag: flags.config, environment: ProcessVariable.value)
            let settings = try ServeSettings(flags, file: file)
            let reports = try await EngineSurvey(settings: settings, asksForTurn: !noTurn).run()
            Standard.output(EngineReport.text(reports))
        } catch let failure as Failure {
            failure.exit()
        }
    }
}
