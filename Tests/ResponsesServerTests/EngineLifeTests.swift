import Logging
import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import ServiceLifecycle
import Testing

@testable import ResponsesServer
@testable import ResponsesTesting

/// The server runs its engine's life, and ends it last.
@Suite(.timeLimit(.minutes(1)))
struct EngineLifeTests {
    /// An engine that does not say which models it has.
    private struct SilentEngine: Engine {
        let hand = HandEngine()
        let asked = Watched(0)

        var dialect: any Dialect<ListPrompt> { hand.dialect }
        func models() async throws(EngineError) -> [EngineModel] {
            asked.update { $0 += 1 }
            try? await Task.sleep(for: .seconds(3600))
            throw EngineError(.cancelled, "Nobody waits any more.")
        }

        func prefill(_ request: GenerationRequest<ListPrompt>) async throws(EngineError) -> PrefillResult {
            try await hand.prefill(request)
        }

        func generate(
            _ request: GenerationRequest<ListPrompt>, into sink: any GenerationSink
        ) async throws(EngineError) -> GenerationResult {
            try await hand.generate(request, into: sink)
        }
    }

    /// Whoever asks whether the server is ready, which needs no key, does not hold its shutdown up.
    @Test func aSilentEngineDoesNotHoldTheShutdownUp() async throws {
        let engine = SilentEngine()
        try await TestServer.with(engine) { server in
            let wire = try await server.wire()
            try await wire.request("GET", "/ready")
            await engine.asked.wait { $0 > 0 }
            await server.shutDown()
            #expect(try await wire.response().status == 503)
            await wire.close()
        }
    }

    /// An engine played by hand that has a life.
    private final class LivingEngine: Engine {
        enum Step: Sendable, Equatable {
            case running
            /// Cancelled, while so many generations went on.
            case cancelled(generations: Int)
        }

        let hand = HandEngine()
        let steps = Watched([Step]())
        private let generations = Watched(0)
        /// Fails the life; it goes on until it is cancelled otherwise.
        let failure = Watched<EngineError?>(nil)

        var dialect: any Dialect<ListPrompt> { hand.dialect }
        func models() async throws(EngineError) -> [EngineModel] { try await hand.models() }
        func prefill(_ request: GenerationRequest<ListPrompt>) async throws(EngineError) -> PrefillResult {
            try await hand.prefill(request)
        }

        func generate(
            _ request: GenerationRequest<ListPrompt>, into sink: any GenerationSink
        ) async throws(EngineError) -> GenerationResult {
            generations.update { $0 += 1 }
            defer { generations.update { $0 -= 1 } }
            return try await hand.generate(request, into: sink)
        }

        func run() async throws {
            steps.update { $0.append(.running) }
            await failure.wait { $0 != nil }
            if let failure = failure.state { throw failure }
            let count = generations.state
            steps.update { $0.append(.cancelled(generations: count)) }
        }
    }

    @Test func theEngineEndsAfterTheLastTurn() async throws {
        let engine = LivingEngine()
        try await TestServer.with(engine) { server in
            await engine.steps.wait { !$0.isEmpty }
            let socket = try await server.socket()
            try await socket.send(create(#""input":"x","store":false"#))
            let generation = try await engine.hand.next()
            await server.shutDown()
            // The server stops; the turn goes on, and so does its engine.
            #expect(engine.steps.state == [.running])
            generation.answer("the end")
            #expect(try await socket.terminal().type == "response.completed")
            await socket.close()
        }
        #expect(engine.steps.state == [.running, .cancelled(generations: 0)])
    }

    @Test func anEngineThatIsLostEndsTheServer() async throws {
        let engine = LivingEngine()
        var configuration = ServerConfiguration()
        configuration.port = 0
        let server = HotlineServer(
            configuration, engines: SingleEngine(engine: engine, passesUnknownNames: true),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let error = await #expect(throws: EngineError.self) {
            try await server.runInGroup { _ in engine.failure.update { $0 = EngineError(.failed, "It is gone.") } }
        }
        #expect(error?.message == "It is gone.")
    }

    /// What the server fails of is said, not that its engine was cancelled; and the engine is ended then, too.
    @Test func anAddressThatCannotBeBoundEndsTheEngine() async throws {
        let engine = LivingEngine()
        try await TestServer.with(HandEngine()) { other in
            var configuration = ServerConfiguration()
            configuration.port = other.port
            let server = HotlineServer(
                configuration, engines: SingleEngine(engine: engine, passesUnknownNames: true),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let error = await #expect(throws: (any Error).self) { try await server.runInGroup() }
            #expect(!(error is CancellationError))
            #expect(engine.steps.state == [.running, .cancelled(generations: 0)])
        }
    }
}
