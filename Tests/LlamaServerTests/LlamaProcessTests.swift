import LibC
import Logging
import ResponsesEngine
import ResponsesTesting
import Testing

@testable import LlamaServer

/// The life of a process on a real system, with a script in the server's place.
@Suite struct LlamaProcessTests {
    /// A folder of its own, and a script in it that stands for the server.
    private final class Place: Sendable {
        let folder: String

        init(_ script: String) throws {
            var template = Array("/tmp/llama-test-XXXXXX".utf8CString)
            folder = try #require(mkdtemp(&template).map { String(cString: $0) })
            let file = try #require(fopen("\(folder)/llama-server", "w"))
            fputs("#!/bin/sh\ncd \(folder)\n\(script)\n", file)
            fclose(file)
            chmod("\(folder)/llama-server", 0o700)
        }

        deinit {
            for name in ["llama-server", "pid", "starts", "ready"] { unlink("\(folder)/\(name)") }
            rmdir(folder)
        }

        func process(_ change: (inout LlamaLimits) -> Void = { _ in }) throws -> LlamaProcess {
            var limits = LlamaLimits()
            limits.askFirst = .milliseconds(5)
            limits.pauseFirst = .milliseconds(5)
            change(&limits)
            return try LlamaProcess(
                .server(path: "\(folder)/llama-server"), LlamaModel(path: "/m.gguf"), limits: limits,
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            ) { [folder] _ in access("\(folder)/ready", F_OK) == 0 }
        }

        func number(_ name: String) -> Int32 {
            guard let file = fopen("\(folder)/\(name)", "r") else { return 0 }
            defer { fclose(file) }
            var text = [CChar](repeating: 0, count: 32)
            return fgets(&text, 32, file) == nil ? 0 : atoi(text)
        }
    }

    private static let serves = "echo $$ >pid; echo x >>starts; : >ready; while :; do sleep 1; done"

    @Test func oneThatCannotLoadIsLostWithItsLastWords() async throws {
        let place = try Place("echo '0.00.1 I loading'; echo '0.00.2 E invalid magic' >&2; exit 3")
        let process = try place.process()
        await #expect(throws: LlamaFailure.self) { try await process.run() }
        do { try await process.run() } catch let failure as LlamaFailure {
            #expect(failure.words == ["invalid magic"])
            #expect(failure.message.hasSuffix("failed: it ended with the exit code 3 before it answered"), "\(failure.message)")
        }
        #expect(await !process.loaded())
    }

    @Test func oneThatIsKilledComesBackAndEndsWithItsLife() async throws {
        let place = try Place(Self.serves)
        let process = try place.process()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await process.run() }
            #expect(await process.loaded())
            let first = place.number("pid")
            #expect(first > 0 && process.state.now == LlamaState.Now(phase: .serving, ends: 0))
            kill(first, SIGKILL)
            await process.state.wait(atMost: .seconds(30)) { $0.ends == 1 && $0.phase == .serving }
            #expect(process.state.now == LlamaState.Now(phase: .serving, ends: 1))
            tasks.cancelAll()
            while let ended = await tasks.nextResult() {
                #expect(throws: CancellationError.self) { try ended.get() }
            }
        }
        #expect(kill(place.number("pid"), 0) != 0, "The process goes with its life.")
    }

    // MARK: Turns

    /// An engine that does what it is told.
    private struct Told: Engine {
        let dialect: any Dialect<ListPrompt> = ListDialect(name: "list")
        let work: @Sendable () async throws(EngineError) -> Void

        func models() async throws(EngineError) -> [EngineModel] {
            try await work()
            return []
        }
        func generate(_ request: GenerationRequest<ListPrompt>, into sink: any GenerationSink) async throws(EngineError) -> GenerationResult {
            throw EngineError(.failed, "unused")
        }
        func prefill(_ request: GenerationRequest<ListPrompt>) async throws(EngineError) -> PrefillResult {
            try await work()
            return .filled(tokens: 1, cached: 0)
        }
    }

    private let request: GenerationRequest<ListPrompt>

    init() throws { request = GenerationRequest(model: "m", prompt: try ListDialect().extend(nil, with: [])) }

    @Test func aTurnDuringWhichItEndedIsToldSo() async throws {
        let place = try Place(Self.serves)
        let process = try place.process { limits in
            limits.pauseFirst = .seconds(600)
            limits.pauseMax = .seconds(600)
        }
        let engine = SupervisedEngine(Told { () async throws(EngineError) in throw EngineError(.interrupted, "closed") }, process)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await process.run() }
            #expect(await process.loaded())
            // It is there: the failure is another's.
            process.state.become(.serving)
            await #expect(throws: EngineError(.interrupted, "closed")) { _ = try await engine.prefill(request) }
            let killing = SupervisedEngine(
                Told { [pid = place.number("pid")] () async throws(EngineError) in
                    kill(pid, SIGKILL)
                    throw EngineError(.interrupted, "closed")
                }, process)
            do throws(EngineError) {
                _ = try await killing.prefill(request)
                Issue.record("It failed.")
            } catch {
                #expect(error.kind == .interrupted)
                #expect(
                    error.message
                        == "The model's process ended in the middle of this turn: it was killed by the signal 9. It is being started again; send the turn again."
                )
            }
            // Until it is back, a turn that nobody hears of waits for a while only.
            let hasty = SupervisedEngine(engine.base, process, unheardWaitMax: .milliseconds(10))
            var unheard = request
            unheard.isHeard = false
            do throws(EngineError) {
                _ = try await hasty.prefill(unheard)
                Issue.record("It failed.")
            } catch {
                #expect(error.kind == .rateLimited && error.retryAfterSeconds == 10)
            }
            tasks.cancelAll()
            while let ended = await tasks.nextResult() { _ = ended }
        }
    }

    @Test func aTurnWaitsForTheModel() async throws {
        let place = try Place("while ! test -e ready; do sleep 0.01; done; while :; do sleep 1; done")
        let process = try place.process()
        let engine = SupervisedEngine(Told { () async throws(EngineError) in }, process)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await process.run() }
            try await withThrowingTaskGroup(of: Void.self) { turns in
                turns.addTask {
                    _ = try await engine.prefill(request)
                    #expect(process.state.now.phase == .serving)
                }
                #expect(process.state.now.phase == .loading)
                close(open("\(place.folder)/ready", O_CREAT | O_WRONLY, 0o600))
                try await turns.waitForAll()
            }
            tasks.cancelAll()
            while let ended = await tasks.nextResult() { _ = ended }
        }
    }
}
