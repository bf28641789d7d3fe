import Logging
import NIOCore
import OpenAICompatibleEngine
import ResponsesEngine
import ResponsesServer
import ScriptedEngine

/// Finds the engine that the settings name, or the one that runs on this machine.
struct EngineChoice {
    let settings: ServeSettings
    let group: any EventLoopGroup
    let logger: Logger

    func choose() async throws(Failure) -> ChosenEngine {
        switch settings.engine {
        case .scripted: return scripted("the built-in scripted engine, which is not a model")
        case .url(let url): return try await named(url)
        case .find:
            let found = await EngineProbe.find()
            guard let first = found.first else {
                let ports = EngineProbe.usualPlaces.map { "\($0.name) \($0.port)" }.joined(separator: ", ")
                return scripted(
                    "the built-in scripted engine, which is not a model\n             (no engine answers on this machine: \(ports); "
                        + "name one with --engine)")
            }
            let others = found.dropFirst().map { "\($0.name) at \($0.address.base)" }
            let note = others.isEmpty ? "" : "\n             (also found: \(others.joined(separator: ", ")); choose with --engine)"
            return try chosen(
                first.address, name: first.name, models: first.models.map(\.id), description: "\(first.name) at \(first.address.base)\(note)")
        }
    }

    private func scripted(_ description: String) -> ChosenEngine {
        let engine = ScriptedEngine(speed: settings.speed)
        let engines = SingleEngine(
            engine: engine, id: "scripted", aliases: settings.aliases, passesUnknownNames: false, knownModels: ["scripted"])
        return ChosenEngine(
            engines: engines, description: description, models: settings.aliases.keys.sorted() + ["scripted"])
    }

    private func named(_ url: String) async throws(Failure) -> ChosenEngine {
        let address: EngineAddress
        do throws(InvalidEngineAddress) {
            address = try EngineAddress(url)
        } catch {
            throw .badSetting(
                "--engine: \(error.reason)",
                "Give the engine's key with --engine-key; the built-in engine is --engine scripted.")
        }
        // Without its query, which may hold a key.
        let url = String(url.prefix { $0 != "?" })
        let choice = try chosen(address, name: address.base, models: [], description: url)
        do throws(EngineError) {
            let models = try await choice.engines.models().map(\.id)
            return ChosenEngine(engines: choice.engines, description: choice.description, models: models)
        } catch {
            if settings.waitsForEngine {
                return ChosenEngine(
                    engines: choice.engines, description: "\(url) (does not answer yet)", models: choice.models)
            }
            await Self.end(choice.engines.engine)
            throw Self.failure(error, of: url)
        }
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

    private func chosen(_ address: EngineAddress, name: String, models: [String], description: String) throws(Failure) -> ChosenEngine {
        let configuration = OpenAICompatibleEngine.Configuration(address: address, key: settings.engineKey)
        let engine: OpenAICompatibleEngine
        do {
            engine = try OpenAICompatibleEngine(configuration, eventLoopGroup: group, logger: logger)
        } catch {
            throw .badSetting("--engine: '\(address.base)' cannot be reached by HTTP", "Write --engine as http://HOST:PORT.")
        }
        let engines = SingleEngine(
            engine: engine, id: EngineID(name), aliases: settings.aliases, passesUnknownNames: true, knownModels: models)
        return ChosenEngine(engines: engines, description: description, models: settings.aliases.keys.sorted() + models)
    }

    /// Ends an engine that no server will run: its life, begun and cancelled, gives back what it holds.
    private static func end(_ engine: any Engine) async {
        await withTaskGroup { tasks in
            // It holds nothing that must be kept; the program ends with the reason why it was not served.
            tasks.addTask { try? await engine.run() }
            tasks.cancelAll()
        }
    }
}
