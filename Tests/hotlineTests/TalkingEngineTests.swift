import Logging
import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import Synchronization
import Testing

@testable import hotline

/// A model that cannot choose is shown tools only where a call is demanded.
@Suite struct TalkingEngineTests {
    /// Whether the engine was shown tools.
    private final class Shown: Engine {
        let dialect: any Dialect<ListPrompt> = ListDialect()
        let requests = Mutex<[GenerationRequest<ListPrompt>]>([])

        func models() async throws(EngineError) -> [EngineModel] { [] }
        func generate(_ request: GenerationRequest<ListPrompt>, into sink: any GenerationSink) async throws(EngineError) -> GenerationResult {
            throw EngineError(.failed, "unused")
        }
        func prefill(_ request: GenerationRequest<ListPrompt>) async throws(EngineError) -> PrefillResult {
            requests.withLock { $0.append(request) }
            return .filled(tokens: 0, cached: 0)
        }
    }

    @Test(arguments: [
        (ToolChoice.auto, false), (.none, false), (.allowed(mode: .auto, names: []), false), (.required, true),
        (.tool(type: "function", name: "look"), true), (.allowed(mode: .required, names: []), true),
    ])
    func toolsAreShownWhereACallIsDemanded(_ choice: ToolChoice, _ isShown: Bool) async throws {
        let base = Shown()
        let engine = TalkingEngine(base, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        var request = GenerationRequest(model: "m", prompt: try ListDialect().extend(nil, with: []))
        request.tools = try ToolSet(RawJSON(parsing: Array(#"[{"type":"function","name":"look","parameters":{"type":"object"}}]"#.utf8)))
        request.toolChoice = choice
        _ = try await engine.prefill(request)
        let sent = try #require(base.requests.withLock { $0.first })
        #expect(sent.parallelToolCalls != isShown)
        #expect(sent.tools.isEmpty != isShown && sent.toolChoice == (isShown ? choice : .auto))
    }
}
