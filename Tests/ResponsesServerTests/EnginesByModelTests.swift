import ResponsesAPI
import ResponsesEngine
import Synchronization
import Testing

@testable import ResponsesServer
@testable import ResponsesTesting

/// Several engines, chosen by the model's name.
@Suite(.timeLimit(.minutes(1))) struct EnginesByModelTests {
    /// An engine that has models, and a life that is seen.
    private final class ListedEngine: Engine {
        let answer: Mutex<Result<[String], EngineError>>
        let lives = Watched([String]())
        let loss = Watched<EngineError?>(nil)

        init(_ answer: Result<[String], EngineError>) { self.answer = Mutex(answer) }

        var dialect: any Dialect<ListPrompt> { ListDialect(name: "list") }
        func models() async throws(EngineError) -> [EngineModel] { try answer.withLock { $0 }.get().map { EngineModel(id: $0) } }
        func generate(
            _ request: GenerationRequest<ListPrompt>, into sink: any GenerationSink
        ) async throws(EngineError) -> GenerationResult { throw EngineError(.failed, "Not in this test.") }
        func prefill(_ request: GenerationRequest<ListPrompt>) async throws(EngineError) -> PrefillResult {
            throw EngineError(.failed, "Not in this test.")
        }

        func run() async throws {
            lives.update { $0.append("began") }
            await loss.wait { $0 != nil }
            lives.update { $0.append("ended") }
            if let loss = loss.state { throw loss }
        }
    }

    private static let down = EngineError(.unavailable, "Nothing listens.")

    private func placement(_ engines: EnginesByModel, _ model: String) async throws(EngineError) -> Placement {
        switch engines.place(PlacementRequest(model: model, owner: .anybody)) {
        case .placed(let placement): return placement
        case .refused(let error): throw error
        case .later(let wait): return try await wait()
        }
    }

    @Test func anEngineThatComesUpLaterIsFound() async throws {
        let (here, late) = (ListedEngine(.success(["m"])), ListedEngine(.failure(Self.down)))
        let engines = EnginesByModel([EngineMember(id: "here", engine: here), EngineMember(id: "late", engine: late)], listAgeMax: .zero)
        #expect(try await engines.models().map(\.id) == ["m"])
        #expect(try await placement(engines, "m").id == "here")
        let error = await #expect(throws: EngineError.self) { try await placement(engines, "n") }
        #expect(error?.kind == .unavailable && error?.message.contains("'late'") ?? false)
        late.answer.withLock { $0 = .success(["n"]) }
        #expect(try await placement(engines, "n").id == "late")
        #expect(try await engines.models().map(\.id) == ["m", "n"])
        // It keeps its names when it goes.
        late.answer.withLock { $0 = .failure(Self.down) }
        #expect(try await engines.models().map(\.id) == ["m", "n"])
        here.answer.withLock { $0 = .failure(Self.down) }
        await #expect(throws: EngineError.self) { try await engines.models() }
    }

    @Test func whatAppearsOnTheMachineIsAdded() async throws {
        let found = Mutex<[ListedEngine]>([])
        let script = ListedEngine(.success(["scripted"]))
        let engines = EnginesByModel(
            [EngineMember(id: "scripted", engine: script)], passesUnknownNames: false, listAgeMax: .zero,
            look: { known in
                known.contains("Ollama") ? [] : found.withLock { $0 }.map { EngineMember(id: "Ollama", engine: $0) }
            })
        let error = await #expect(throws: EngineError.self) { try await placement(engines, "qwen3") }
        #expect(error?.kind == .modelNotFound && engines.onlyModel == "scripted")
        found.withLock { $0 = [ListedEngine(.success(["qwen3:latest"]))] }
        #expect(try await placement(engines, "qwen3").model == "qwen3:latest")
        #expect(engines.engineIDs == ["scripted", "Ollama"] && engines.onlyModel == nil)
    }

    @Test func aModelOfTwoEnginesIsRefusedWithBoth() async throws {
        let engines = EnginesByModel(
            [EngineMember(id: "a", engine: ListedEngine(.success(["m"]))), EngineMember(id: "b", engine: ListedEngine(.success(["m"])))])
        _ = try await engines.models()
        let error = await #expect(throws: EngineError.self) { try await placement(engines, "m") }
        #expect(error?.message.contains("'a' and 'b'") ?? false)
        #expect(engines.ambiguousNames.map(\.name) == ["m"])
    }

    @Test func everyLifeIsRunAndEnded() async throws {
        let (one, two) = (ListedEngine(.success([])), ListedEngine(.success([])))
        let engines = EnginesByModel([EngineMember(id: "one", engine: one)])
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await engines.run() }
            await one.lives.wait { $0 == ["began"] }
            // While it runs.
            #expect(engines.add(EngineMember(id: "two", engine: two)))
            #expect(!engines.add(EngineMember(id: "two", engine: two)))
            await two.lives.wait { $0 == ["began"] }
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
        #expect(one.lives.state == ["began", "ended"] && two.lives.state == ["began", "ended"])
        #expect(!engines.add(EngineMember(id: "three", engine: one)))
    }

    @Test func theLastOneThatIsLostEndsTheServer() async throws {
        let (one, two) = (ListedEngine(.success(["m"])), ListedEngine(.success(["n"])))
        let engines = EnginesByModel([EngineMember(id: "one", engine: one), EngineMember(id: "two", engine: two)])
        await withTaskGroup(of: EngineError?.self) { tasks in
            tasks.addTask {
                do { try await engines.run() } catch { return error as? EngineError }
                return nil
            }
            await two.lives.wait { !$0.isEmpty }
            one.loss.update { $0 = EngineError(.failed, "first") }
            while engines.engineIDs.count > 1 { await Task.yield() }
            two.loss.update { $0 = EngineError(.failed, "second") }
            #expect(await tasks.next() == EngineError(.failed, "second"))
        }
        #expect(engines.engineIDs == [])
    }
}
