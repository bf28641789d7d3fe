@testable import ResponsesTesting
@testable import OpenAICompatibleEngine
import Testing
import NIOCore
#if canImport(Glibc)
import Glibc
#endif
@Suite(.timeLimit(.minutes(1))) struct Tmp {
    @Test func tmp() async throws {
        for i in 0..<60 {
        let model = HonestModel()
        try await FakeEngine.with(respond: { model.answer($0) }) { engine, _ in
            var options = EngineConformance.Options()
            options.longTokensMax = 2000
            let c = EngineConformance(engine: engine, model: "tiny", options: options)
            let checks: [(name: String, check: () async throws -> String?)] = [
            ("generation", c.checkGeneration),
            ("output limit", c.checkOutputLimit), ("slow reader", c.checkSlowReader), ("cancellation", c.checkCancellation),
            ("cancellation while held", c.checkCancellationWhileHeld), ("prefill", c.checkPrefill),
            ("forced function call", c.checkFunctionCall)]
            for (name, check) in checks { fputs("BEGIN \(i) \(name)\n", stderr); fputs("END \(try await check() ?? "ok")\n", stderr) }
        }
        }
    }
}
