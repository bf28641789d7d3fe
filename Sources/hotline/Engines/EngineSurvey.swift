import Logging
import NIOCore
import NIOPosix
import OpenAICompatibleEngine
import ResponsesAPI
import ResponsesClient
import ResponsesEngine
import ResponsesServer

/// Asks the engines that are configured or found how they are.
struct EngineSurvey: Sendable {
    let settings: ServeSettings
    /// Whether each is asked for a turn.
    let asksForTurn: Bool

    /// A person waits for it: an engine that takes longer to say its first word is told as one that does not.
    static let turnTimeMax: Duration = .seconds(60)
    static let outputTokensMax = 16

    /// - Throws: `Failure` for settings that cannot be used.
    func run() async throws -> [EngineReport] {
        var wanted = settings.engines.filter { $0.place != .find }
        let addresses = Set(
            wanted.compactMap { engine -> String? in
                guard case .url(let url) = engine.place else { return nil }
                return (try? EngineAddress(url))?.base
            })
        for found in await EngineProbe.find() where !addresses.contains(found.address.base) {
            var engine = settings.engines.first { $0.place == .find } ?? EngineSettings(.find)
            engine.place = .url(found.address.base)
            engine.name = found.name
            engine.source = nil
            wanted.append(engine)
        }
        // Engines are of different machines: all are asked at one time. The file has few, and its size has a limit.
        return try await withThrowingTaskGroup(of: (Int, EngineReport).self) { tasks in
            for (index, engine) in wanted.enumerated() { tasks.addTask { (index, try await report(engine)) } }
            var reports: [(Int, EngineReport)] = []
            for try await report in tasks { reports.append(report) }
            return reports.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func report(_ wanted: EngineSettings) async throws -> EngineReport {
        switch wanted.place {
        case .gguf(let path):
            return EngineReport(
                name: path, address: "started by 'hotline serve'", origin: Self.origin(wanted), profile: "llama.cpp", models: [],
                note: "when it is started", firstByte: .unasked("it is not started for this"))
        case .demo:
            return EngineReport(
                name: DemoModel.name, address: "started by 'hotline serve'", origin: Self.origin(wanted), profile: "llama.cpp", models: [],
                note: "when it is started", firstByte: .unasked("it is not started for this"))
        case .scripted, .url, .find: break
        }
        guard case .url(let url) = wanted.place else {
            return EngineReport(
                name: wanted.name ?? "scripted", address: "built in", origin: Self.origin(wanted), profile: "none",
                models: ["scripted"], firstByte: .unasked("it is not a model"))
        }
        let address = try EngineChoice.address(url, wanted)
        return try await ServedEngine.with(wanted, at: address) { served in
            var report = EngineReport(
                name: wanted.name ?? address.base, address: address.base, origin: Self.origin(wanted),
                profile: served.profile.name + (wanted.profile == nil ? ", by what it answers" : ", as named"))
            do throws(EngineError) {
                let listing = try await served.engine.listing()
                report.models = listing.models.map(\.id)
                if case .missing(let reason) = listing { report.note = "it shows no list of models: \(reason)" }
            } catch {
                report.note = error.message
                return report
            }
            report.firstByte = await firstByte(served)
            report.learnt = served.learnt
            return report
        }
    }

    private static func origin(_ engine: EngineSettings) -> String { engine.source.map { "\($0)" } ?? "what runs on this machine" }

    private func firstByte(_ served: ServedEngine) async -> EngineReport.FirstByte {
        guard asksForTurn else { return .unasked("no turn was wanted") }
        guard let model = served.model else { return .unasked("no model is known; name one under the engine's 'models'") }
        do {
            let started = ContinuousClock.now
            let time = try await TimeLimit.run(Self.turnTimeMax) {
                try await ResponsesClient.withConnection(to: served.url, model: model) { line in
                    let turn = try await line.respond(to: "Say hello.") { request in
                        request.store = false
                        request.maxOutputTokens = Self.outputTokensMax
                    }
                    var first: Duration?
                    for try await event in turn where first == nil && TrialTurn.isContent(event) { first = ContinuousClock.now - started }
                    return first
                }
            }
            return time.map { .after($0, model: model) } ?? .failed("it answered with nothing", model: model)
        } catch let error as APIError {
            return .failed(error.message, model: model)
        } catch is TimeLimit.Exceeded {
            return .failed("nothing within \(EngineReport.text(Self.turnTimeMax))", model: model)
        } catch {
            return .failed("\(error)", model: model)
        }
    }
}
