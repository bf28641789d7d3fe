import ResponsesCore
import ResponsesEngine
import Synchronization
import Testing

@testable import ResponsesServer
@testable import ResponsesTesting

/// How often the engine is asked for its models.
@Suite(.timeLimit(.minutes(1))) struct ModelsQuestionTests {
    /// Counts what it is asked, and answers when the test says so.
    private final class Asked: Sendable {
        struct State {
            var count = 0
            var answers: [Result<[EngineModel], EngineError>] = []
        }

        let state = Watched(State())
        let now = Mutex(Duration.seconds(1_000))

        var question: ModelsQuestion {
            ModelsQuestion(ageMax: .seconds(1), now: { self.now.withLock { $0 } }) {
                let number = self.state.update { state in
                    state.count += 1
                    return state.count
                }
                await self.state.wait { $0.answers.count >= number }
                return self.state.state.answers[number - 1]
            }
        }

        func answer(_ answer: Result<[EngineModel], EngineError>) { state.update { $0.answers.append(answer) } }
        func pass(_ time: Duration) { now.withLock { $0 += time } }
    }

    @Test func manyWhoAskAtOnceAreOneQuestion() async throws {
        let asked = Asked()
        let question = asked.question
        try await withThrowingTaskGroup(of: [String].self) { tasks in
            for _ in 0..<100 { tasks.addTask { try await question.answer().map(\.id) } }
            await asked.state.wait { $0.count > 0 }
            asked.answer(.success([EngineModel(id: "a")]))
            for try await answer in tasks { #expect(answer == ["a"]) }
        }
        #expect(asked.state.state.count == 1)
    }

    @Test func anAnswerIsGoodForASecond() async throws {
        let asked = Asked()
        let question = asked.question
        asked.answer(.success([EngineModel(id: "a")]))
        asked.answer(.failure(EngineError(.unavailable, "Nothing answers.")))
        asked.answer(.success([EngineModel(id: "b")]))
        #expect(try await question.answer().map(\.id) == ["a"])
        asked.pass(.milliseconds(999))
        #expect(try await question.answer().map(\.id) == ["a"])
        asked.pass(.milliseconds(1))
        // A failure as well.
        for _ in 0..<3 { await #expect(throws: EngineError.self) { try await question.answer() } }
        asked.pass(.seconds(1))
        #expect(try await question.answer().map(\.id) == ["b"])
        #expect(asked.state.state.count == 3)
    }

    /// Who goes away takes nobody else's answer along.
    @Test func aCancelledQuestionIsAskedAgain() async throws {
        let asked = Asked()
        let question = asked.question
        let first = Task { try await question.answer() }
        await asked.state.wait { $0.count == 1 }
        async let second = question.answer()
        asked.answer(.failure(EngineError(.cancelled, "Nobody listened any more.")))
        asked.answer(.success([EngineModel(id: "a")]))
        await #expect(throws: EngineError.self) { try await first.value }
        #expect(try await second.map(\.id) == ["a"])
    }

    @Test func probesDoNotReachTheEngineEachTime() async throws {
        let engine = CountingEngine()
        try await TestServer.with(engine, configure: { $0.limits.modelListAgeMax = .seconds(3600) }) { server in
            for path in ["/ready", "/v1/models", "/ready", "/v1/models/m", "/models"] {
                let status = try await server.get(path).status
                #expect(status == 200)
            }
        }
        #expect(engine.asked.load(ordering: .relaxed) == 1)
    }

    private final class CountingEngine: Engine {
        let asked = Atomic<Int>(0)
        private let engine = HandEngine()
        var dialect: any Dialect<ListPrompt> { engine.dialect }

        func models() async throws(EngineError) -> [EngineModel] {
            asked.add(1, ordering: .relaxed)
            return try await engine.models()
        }

        func generate(
            _ request: GenerationRequest<ListPrompt>, into sink: any GenerationSink
        ) async throws(EngineError) -> GenerationResult { try await engine.generate(request, into: sink) }

        func prefill(_ request: GenerationRequest<ListPrompt>) async throws(EngineError) -> PrefillResult {
            try await engine.prefill(request)
        }
    }
}
