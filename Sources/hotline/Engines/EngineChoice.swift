import LibC
import LlamaServer
import Logging
import NIOCore
import OpenAICompatibleEngine
import ResponsesEngine
import ResponsesServer
import ScriptedEngine

/// Makes the engines that the settings name, or the one that runs on this machine.
struct EngineChoice {
    let settings: ServeSettings
    let group: any EventLoopGroup
    let logger: Logger

    /// An engine that was made and asked.
    private struct Asked: Sendable {
        var member: EngineMember
        var description: String
        /// Why it does not answer.
        var failure: Failure?
        var process: LlamaProcess?
    }

    func choose() async throws(Failure) -> ChosenEngine {
        if settings.engines.count == 1, case .find = settings.engines[0].place { return try await found(settings.engines[0]) }
        let answers = await askAll()
        do throws(Failure) {
            var asked: [Asked] = []
            for answer in answers { asked.append(try answer.get()) }
            // With several, the others serve meanwhile.
            if !settings.waitsForEngine, let failure = asked.first?.failure, asked.allSatisfy({ $0.failure != nil }) { throw failure }
            return chosen(asked)
        } catch {
            for case .success(let engine) in answers { await EnginesByModel.end(engine.member.engine) }
            throw error
        }
    }

    /// Asks all at one time, as each may take seconds; the answers are in the order of the settings.
    private func askAll() async -> [Result<Asked, Failure>] {
        await withTaskGroup(of: (Int, Result<Asked, Failure>).self) { tasks in
            for (index, engine) in settings.engines.enumerated() {
                tasks.addTask {
                    do throws(Failure) { return (index, .success(try await ask(engine))) } catch { return (index, .failure(error)) }
                }
            }
            var answers: [(Int, Result<Asked, Failure>)] = []
            for await answer in tasks { answers.append(answer) }
            return answers.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func chosen(_ asked: [Asked], look: @escaping EnginesByModel.Look = { _ in [] }) -> ChosenEngine {
        let members = asked.map(\.member)
        let passes = !members.allSatisfy { $0.engine is ScriptedEngine }
        let engines = EnginesByModel(members, aliases: settings.aliases, passesUnknownNames: passes, look: look)
        var lines = asked.map(\.description)
        for (name, ids) in engines.ambiguousNames.prefix(3) {
            lines.append("(the model '\(name)' is on \(ids.map(\.rawValue).joined(separator: " and ")), so on none: name it under one of them)")
        }
        return ChosenEngine(
            engines: engines, description: lines.joined(separator: "\n             "), models: engines.knownModels.map(\.id),
            processes: asked.compactMap(\.process))
    }

    // MARK: What runs on this machine

    private func found(_ wanted: EngineSettings) async throws(Failure) -> ChosenEngine {
        let found = await probe()
        guard let first = found.first else {
            if settings.demoIfNoEngine { return chosen([try await demo(wanted)], look: look(wanted)) }
            let ports = EngineProbe.usualPlaces.map { "\($0.name) \($0.port)" }.joined(separator: ", ")
            return chosen(
                [
                    Asked(
                        member: scripted(EngineSettings(.scripted)),
                        description: "the built-in scripted engine, which is not a model\n             (no engine answers on this machine: \(ports);\n"
                            + "             one that starts later is found; name another with --engine)")
                ], look: look(wanted))
        }
        let others = found.dropFirst().map { "\($0.name) at \($0.address.base)" }
        let note = others.isEmpty ? "" : "\n             (also found: \(others.joined(separator: ", ")); choose with --engine)"
        let (engine, profile) = try await Self.make(wanted, at: first.address, group, logger)
        let member = Self.member(first.name, engine, profile, wanted, listed: first.models)
        return chosen([Asked(member: member, description: "\(first.name) at \(first.address.base), profile \(profile.name)\(note)")])
    }

    /// Looks on this machine until an engine is there.
    private func look(_ wanted: EngineSettings) -> EnginesByModel.Look {
        { known in
            guard known == ["scripted"], let first = await probe().first,
                let (engine, profile) = try? await Self.make(wanted, at: first.address, group, logger)
            else { return [] }
            logger.info("engine found", metadata: ["engine": "\(first.name)"])
            return [Self.member(first.name, engine, profile, wanted, listed: first.models)]
        }
    }

    /// What answers on the usual ports but the one that this server itself listens on.
    private func probe() async -> [EngineProbe.Found] {
        await EngineProbe.find(places: EngineProbe.usualPlaces.filter { $0.port != settings.server.port })
    }

    // MARK: What is named

    private func ask(_ wanted: EngineSettings) async throws(Failure) -> Asked {
        let text: String
        switch wanted.place {
        case .url(let url): text = url
        case .gguf(let path): return try await own(path, wanted)
        case .demo: return try await demo(wanted)
        case .scripted, .find: return Asked(member: scripted(wanted), description: "the built-in scripted engine, which is not a model")
        }
        let address = try Self.address(text, wanted)
        let name = wanted.name ?? address.base
        let (engine, profile) = try await Self.make(wanted, at: address, group, logger)
        // Without its query, which may hold a key.
        let url = "\(wanted.name.map { "\($0) at \(address.base)" } ?? String(text.prefix { $0 != "?" })), profile \(profile.name)"
        do throws(EngineError) {
            let listing = try await engine.listing()
            var description = url
            if case .missing(let reason) = listing { description += "\n             (shows no list of models: \(reason))" }
            return Asked(member: Self.member(name, engine, profile, wanted, listed: listing.models), description: description)
        } catch {
            let member = Self.member(name, engine, profile, wanted, listed: nil)
            // Who is busy or loads a model is there; some engines list nothing while they work on a turn.
            if error.kind == .overloaded || error.kind == .rateLimited || error.kind == .timeout {
                return Asked(member: member, description: "\(url) (is busy, or loads its model)")
            }
            return Asked(
                member: member, description: "\(url) (does not answer yet)",
                failure: Self.failure(error, of: wanted.name.map { "\(address.base) ('\($0)')" } ?? String(text.prefix { $0 != "?" })))
        }
    }

    // MARK: Processes of our own

    private func own(_ path: String, _ wanted: EngineSettings) async throws(Failure) -> Asked {
        if access(path, R_OK) != 0 {
            let reason = strerror(errno).map { String(cString: $0) } ?? "it is not there"
            throw .noModelFile(GivenValue(text: path, source: wanted.source ?? .flag(Setting.gguf.flag)), reason)
        }
        guard let program = await LlamaProgram.find(settings.llamaServer?.text) else { throw .noLlamaServer(settings.llamaServer) }
        let (member, process) = try await OwnEngine(wanted: wanted, group: group, logger: logger).make(program, LlamaModel(path: path))
        return Asked(member: member, description: "\(path), by \(program.name)", process: process)
    }

    /// The demo model; the scripted engine where it cannot be set up.
    private func demo(_ wanted: EngineSettings) async throws(Failure) -> Asked {
        let demo = settings.demo
        do {
            try await DemoModelSetup(demo: demo, say: { Standard.error($0) }, isTerminal: isatty(STDERR_FILENO) == 1).run()
        } catch {
            let reason = (error as? DemoModelSetup.Unavailable)?.message ?? "it was interrupted"
            Standard.error("The demo model could not be set up: \(reason).\n")
            return Asked(
                member: scripted(EngineSettings(.scripted)),
                description: "the built-in scripted engine, which is not a model\n             (the demo model could not be set up: \(reason))")
        }
        let (member, process) = try await OwnEngine(wanted: wanted, group: group, logger: logger)
            .make(demo.program, demo.model, talksOnly: true)
        return Asked(
            member: member, description: "\(DemoModel.title) by llama.cpp\n             (\(DemoModel.note))", process: process)
    }

    /// Which flag corrects what the engine's adapter found wrong.
    static func failure(_ error: EngineError, of url: String) -> Failure {
        var failure = Failure.engineDown(url, error.message)
        if error.kind == .unauthorized {
            failure.message = "the engine at \(url) refuses this server: \(error.message)"
            failure.wayOut =
                "Give the engine's key with --engine-key or HOTLINE_ENGINE_KEY, or add --wait-for-engine to serve all the same."
        }
        return failure
    }

    private func scripted(_ wanted: EngineSettings) -> EngineMember {
        let own = [ScriptedEngine.model: NamedModel(ScriptedEngine.model, contextTokens: settings.scripted.contextTokens)]
        return EngineMember(
            id: EngineID(wanted.name ?? "scripted"), engine: ScriptedEngine(settings.scripted),
            models: own.merging(wanted.models) { $1 }, offersList: false)
    }

    static func member(
        _ name: String, _ engine: OpenAICompatibleEngine, _ profile: EngineProfile, _ wanted: EngineSettings, listed: [EngineModel]?
    ) -> EngineMember {
        let ofProfile = Dictionary(profile.models.map { ($0, NamedModel($0)) }) { first, _ in first }
        return EngineMember(
            id: EngineID(name), engine: engine, models: ofProfile.merging(wanted.models) { $1 }, offersList: !wanted.onlyNamed,
            listed: listed)
    }

    // MARK: Making

    static func address(_ text: String, _ wanted: EngineSettings) throws(Failure) -> EngineAddress {
        do throws(InvalidEngineAddress) {
            return try EngineAddress(text)
        } catch {
            throw .wrong(
                wanted.source ?? .flag(Setting.engine.flag), error.reason,
                wanted.name == nil
                    ? "Give the engine's key with --engine-key; the built-in engine is --engine scripted."
                    : "The engine's key is written as 'key: {env: VARIABLE}'; the built-in engine is 'url: scripted'.")
        }
    }

    /// Makes the engine, with the profile that it is spoken to by.
    static func make(
        _ wanted: EngineSettings, at address: EngineAddress, _ group: any EventLoopGroup, _ logger: Logger
    ) async throws(Failure) -> (OpenAICompatibleEngine, EngineProfile) {
        var configuration = OpenAICompatibleEngine.Configuration(address: address, key: wanted.key)
        configuration.profile = try await wanted.profile(at: address)
        configuration.headers = wanted.headers
        do {
            return (try OpenAICompatibleEngine(configuration, eventLoopGroup: group, logger: logger), configuration.profile)
        } catch {
            throw .wrong(
                wanted.source ?? .flag(Setting.engine.flag), "'\(address.base)' cannot be reached by HTTP",
                "Write it as http://HOST:PORT.")
        }
    }
}
