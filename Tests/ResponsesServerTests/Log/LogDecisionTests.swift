import ResponsesEngine
import Testing

@testable import ResponsesServer

/// When a line is due: values that are told what happened, and when.
@Suite struct LogDecisionTests {
    // MARK: Refusals

    @Test func theFirstRefusalIsLoggedAtOnceAndTheOthersOnceAMinute() {
        var counter = RefusalCounter()
        #expect(refused(&counter, "queue", at: .seconds(100)) == 1)
        #expect(counter.nextDeadline == nil)
        for second in 101..<160 { #expect(refused(&counter, "queue", at: .seconds(second)) == nil) }
        #expect(counter.nextDeadline == .seconds(160))
        #expect(due(&counter, at: .seconds(159)).isEmpty)
        // The refusal that comes after the minute is in the count.
        #expect(refused(&counter, "queue", at: .seconds(160)) == 60)
        #expect(refused(&counter, "queue", at: .seconds(161)) == nil)
        #expect(due(&counter, at: .seconds(220)) == ["queue 1"])
        // Its minute began with that line.
        #expect(refused(&counter, "queue", at: .seconds(230)) == nil)
        #expect(due(&counter, at: .seconds(280)) == ["queue 1"])
    }

    @Test func afterAQuietMinuteTheNextIsTheFirst() {
        var counter = RefusalCounter()
        #expect(refused(&counter, "queue", at: .zero) == 1)
        #expect(due(&counter, at: .seconds(60)).isEmpty)
        #expect(refused(&counter, "queue", at: .seconds(61)) == 1)
    }

    @Test func codesAreCountedApart() {
        var counter = RefusalCounter()
        for code in ["b", "a"] {
            #expect(refused(&counter, code, at: .zero) == 1)
            for _ in 0..<3 { #expect(refused(&counter, code, at: .seconds(1)) == nil) }
        }
        #expect(due(&counter, at: .seconds(2)).isEmpty)
        #expect(due(&counter, at: .seconds(2), isFinal: true) == ["a 3", "b 3"])
        #expect(due(&counter, at: .seconds(2), isFinal: true).isEmpty)
    }

    @Test func noRefusalIsForgottenAndCodesAreBounded() {
        var counter = RefusalCounter()
        var logged = 0
        for index in 0..<1000 { logged += counter.refused("code\(index)", at: .zero) ?? 0 }
        #expect(due(&counter, at: .seconds(60)) == ["other \(1000 - logged)"])
        #expect(logged == RefusalCounter.codesMax + 1)
    }

    // Expectations cannot hold calls that change a value.
    private func refused(_ counter: inout RefusalCounter, _ code: String, at now: Duration) -> Int? { counter.refused(code, at: now) }
    private func due(_ counter: inout RefusalCounter, at now: Duration, isFinal: Bool = false) -> [String] {
        counter.due(at: now, isFinal: isFinal).map { "\($0.code) \($0.count)" }
    }
    private func ended(_ health: inout EngineHealth, _ error: EngineError?) -> EngineHealth.Change? { health.ended(error) }

    // MARK: Engines

    @Test func onlyChangesAreSaid() {
        var health = EngineHealth()
        #expect(ended(&health, nil) == nil)
        #expect(ended(&health, EngineError(.unavailable, "m")) == .down(.unavailable))
        #expect(ended(&health, EngineError(.timeout, "m")) == nil)
        #expect(ended(&health, nil) == .up)
        #expect(ended(&health, nil) == nil)
    }

    @Test func aServerThatStartsWithoutItsEngineSaysSo() {
        var health = EngineHealth()
        #expect(ended(&health, EngineError(.unauthorized, "m")) == .down(.unauthorized))
        // Refused for what was asked: it is there.
        #expect(ended(&health, EngineError(.invalidRequest, "m")) == .up)
    }

    @Test(arguments: [
        (EngineError.Kind.invalidRequest, true as Bool?), (.contextLengthExceeded, true), (.modelNotFound, true), (.rateLimited, true),
        (.overloaded, true), (.unauthorized, false), (.unavailable, false), (.timeout, false), (.interrupted, nil), (.failed, nil), (.cancelled, nil),
    ])
    func kinds(_ kind: EngineError.Kind, _ isUp: Bool?) {
        var fromUp = EngineHealth()
        #expect(ended(&fromUp, nil) == nil)
        #expect(ended(&fromUp, EngineError(kind, "m")) == (isUp == false ? .down(kind) : nil))
        var fromDown = EngineHealth()
        #expect(ended(&fromDown, EngineError(.unavailable, "m")) == .down(.unavailable))
        #expect(ended(&fromDown, EngineError(kind, "m")) == (isUp == true ? .up : nil))
    }
}
