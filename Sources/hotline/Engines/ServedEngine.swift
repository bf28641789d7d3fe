import Logging
import NIOCore
import NIOPosix
import OpenAICompatibleEngine
import ResponsesEngine
import ResponsesServer

/// One engine behind a server in this process: what a client would see of it.
struct ServedEngine: Sendable {
    /// The server's base URL.
    let url: String
    let engine: OpenAICompatibleEngine
    let profile: EngineProfile
    /// The model to ask: the first that is named, else the first that is listed. Nil when none is known.
    let model: String?
    /// Tokens that fit into its context, where that is known.
    let contextTokens: Int?

    /// What the engine refused, and how it is spoken to since.
    var learnt: [String] {
        engine.learnt.map { "\($0.field)=\($0.value)\($0.model.map { ", for \($0)" } ?? "")" }
    }

    /// Serves it while `body` runs.
    ///
    /// - Throws: `Failure` for settings that cannot be used, and what `body` throws.
    static func with<R: Sendable>(
        _ wanted: EngineSettings, at address: EngineAddress, model: String? = nil,
        _ body: @escaping @Sendable (ServedEngine) async throws -> R
    ) async throws -> R {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let result: Result<R, any Error>
        do {
            let logger = Logger(label: "hotline", factory: { _ in SwiftLogNoOpLogHandler() })
            let (engine, profile) = try await EngineChoice.make(wanted, at: address, group, logger)
            let member = EngineChoice.member(wanted.name ?? address.base, engine, profile, wanted, listed: nil)
            let engines = EnginesByModel([member])
            result = .success(
                try await LocalServer.with(engines, on: group) { url in
                    // One that does not answer is reported by who asks it.
                    _ = try? await engines.models()
                    let known = engines.knownModels
                    let chosen = model ?? (known.first { wanted.models[$0.id] != nil } ?? known.first)?.id
                    return try await body(
                        ServedEngine(
                            url: url, engine: engine, profile: profile, model: chosen,
                            contextTokens: known.first { $0.id == chosen }?.contextTokens))
                })
        } catch {
            result = .failure(error)
        }
        // The server's connections may still be closing; the program ends soon after.
        try? await group.shutdownGracefully()
        return try result.get()
    }
}
