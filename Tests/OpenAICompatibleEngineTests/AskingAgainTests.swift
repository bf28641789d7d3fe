import Testing

@testable import OpenAICompatibleEngine

/// Whether an engine that is away is asked again, and when.
struct AskingAgainTests {
    private static let loading = EngineAbsence.loading(retryAfterSeconds: nil)

    private func asking(isHeard: Bool = true, isLocal: Bool = true) -> AskingAgain {
        AskingAgain(OpenAICompatibleLimits(), isHeard: isHeard, isLocal: isLocal)
    }

    @Test func pausesGrowUpToTheirLimit() {
        var asking = asking()
        var elapsed = Duration.zero
        var pauses: [Duration] = []
        while let pause = asking.pause(after: Self.loading, hasAnswered: false, elapsed: elapsed) {
            pauses.append(pause)
            elapsed += pause
        }
        #expect(pauses.prefix(6) == [.milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(5), .seconds(5)])
        #expect(elapsed < .seconds(600) && elapsed >= .seconds(590))
    }

    @Test func whoHearsNothingWaitsForAShortTime() {
        var asking = asking(isHeard: false)
        #expect(asking.pause(after: Self.loading, hasAnswered: true, elapsed: .seconds(20)) != nil)
        #expect(asking.pause(after: Self.loading, hasAnswered: true, elapsed: .seconds(29.5)) == nil)
    }

    @Test func whatTheEngineSaysIsHeardWithinTheLimit() {
        var asking = asking()
        #expect(asking.pause(after: .loading(retryAfterSeconds: 3), hasAnswered: false, elapsed: .zero) == .seconds(3))
        #expect(asking.pause(after: .loading(retryAfterSeconds: 300), hasAnswered: false, elapsed: .zero) == .seconds(5))
    }

    /// A hosted API that cannot be reached, and one that never was, are wrong addresses as a rule.
    @Test(arguments: [
        (EngineAbsence.refused, true, true, true), (.refused, true, false, false), (.refused, false, true, false),
        (.hungUp, true, true, true), (.hungUp, true, false, false), (.hungUp, false, true, false),
        (.unexplained(retryAfterSeconds: nil), true, false, true), (.unexplained(retryAfterSeconds: nil), false, true, false),
        (.loading(retryAfterSeconds: nil), false, false, true),
    ])
    func absences(_ absence: EngineAbsence, isLocal: Bool, hasAnswered: Bool, asksAgain: Bool) {
        var asking = asking(isLocal: isLocal)
        #expect((asking.pause(after: absence, hasAnswered: hasAnswered, elapsed: .zero) != nil) == asksAgain)
    }

    /// A request that brings the engine down would do so again and again.
    @Test func anEngineThatHangsUpIsAskedOnceMore() {
        var asking = asking()
        #expect(asking.pause(after: .hungUp, hasAnswered: true, elapsed: .zero) != nil)
        #expect(asking.pause(after: .refused, hasAnswered: true, elapsed: .seconds(1)) != nil)
        #expect(asking.pause(after: .hungUp, hasAnswered: true, elapsed: .seconds(2)) == nil)
    }

    @Test func whatIsNotExplainedIsWaitedForForAShortTime() {
        var asking = asking()
        let absence = EngineAbsence.unexplained(retryAfterSeconds: nil)
        #expect(asking.pause(after: absence, hasAnswered: true, elapsed: .seconds(20)) != nil)
        #expect(asking.pause(after: absence, hasAnswered: true, elapsed: .seconds(30)) == nil)
    }

    @Test(arguments: [
        ("localhost:8080", true), ("http://127.0.0.1:1", true), ("http://[::1]:8080/v1", true), ("http://192.168.1.5", true), ("http://10.1.2.3/v1", true),
        ("http://172.20.0.2:8000", true), ("http://ollama:11434", true), ("http://box.local:1234/v1", true), ("https://api.openai.com/v1", false),
        ("https://172.40.0.2", false), ("http://8.8.8.8:8000", false), ("https://my.azure.com/openai/v1", false), ("http://[2001:db8::1]/v1", false),
    ])
    func whereAnEngineRuns(_ address: String, _ isLocal: Bool) throws {
        #expect(try EngineAddress(address).isLocal == isLocal)
    }
}
