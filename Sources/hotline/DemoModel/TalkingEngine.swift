import Logging
import ResponsesAPI
import ResponsesEngine
import Synchronization

/// An engine that is shown tools only where a call is demanded, for one call: a model that cannot choose by itself talks.
struct TalkingEngine<Base: Engine>: Engine {
    let base: Base
    let logger: Logger
    private let notice = Notice()

    /// Said once: it is so for every turn.
    private final class Notice: Sendable {
        private let isGiven = Atomic(false)
        func isFirst() -> Bool { !isGiven.exchange(true, ordering: .relaxed) }
    }

    init(_ base: Base, logger: Logger) { (self.base, self.logger) = (base, logger) }

    var dialect: any Dialect<Base.Prompt> { base.dialect }

    func models() async throws(EngineError) -> [EngineModel] { try await base.models() }

    func generate(
        _ request: GenerationRequest<Base.Prompt>, into sink: any GenerationSink
    ) async throws(EngineError) -> GenerationResult {
        try await base.generate(shown(request), into: sink)
    }

    func prefill(_ request: GenerationRequest<Base.Prompt>) async throws(EngineError) -> PrefillResult {
        try await base.prefill(shown(request))
    }

    func countTokens(_ request: GenerationRequest<Base.Prompt>) async throws(EngineError) -> TokenCount {
        try await base.countTokens(shown(request))
    }

    func run() async throws { try await base.run() }

    private func shown(_ request: GenerationRequest<Base.Prompt>) -> GenerationRequest<Base.Prompt> {
        var request = request
        switch request.toolChoice {
        case .required, .tool, .allowed(mode: .required, names: _):
            // Where it may, it goes on calling to the end of its answer.
            request.parallelToolCalls = false
            return request
        case .auto, .none, .allowed, .other: break
        }
        guard !request.tools.isEmpty else { return request }
        if notice.isFirst() {
            logger.warning("demo model is shown tools only where tool_choice demands a call", metadata: ["model": "\(DemoModel.name)"])
        }
        request.tools = .empty
        request.toolChoice = .auto
        return request
    }
}
