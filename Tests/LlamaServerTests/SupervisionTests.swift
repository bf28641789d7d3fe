import Testing

@testable import LlamaServer

/// The engine's life as a dialogue: what happened when, and what is then done.
@Suite struct SupervisionTests {
    private typealias Line = (at: Double, event: Supervision.Event, acts: [Supervision.Act])

    private func check(_ lines: [Line], _ change: (inout LlamaLimits) -> Void = { _ in }, line: SourceLocation = #_sourceLocation) {
        var limits = LlamaLimits()
        change(&limits)
        var supervision = Supervision(limits)
        for (index, (at, event, acts)) in lines.enumerated() {
            #expect(supervision.received(event, at: .seconds(at)) == acts, "line \(index)", sourceLocation: line)
        }
    }

    @Test func asksMoreAndMoreRarelyUntilItAnswers() {
        check([
            (0, .started, [.ask(after: .milliseconds(50))]), (0.1, .asked(answers: false), [.ask(after: .milliseconds(100))]),
            (0.2, .asked(answers: false), [.ask(after: .milliseconds(200))]), (0.4, .asked(answers: false), [.ask(after: .milliseconds(400))]),
            (0.8, .asked(answers: false), [.ask(after: .milliseconds(800))]), (1.6, .asked(answers: false), [.ask(after: .seconds(1))]),
            (2.6, .asked(answers: false), [.ask(after: .seconds(1))]), (3.5, .asked(answers: true), [.serve(after: .seconds(3.5))]),
        ])
    }

    @Test func saysNowAndThenThatItLoadsStill() {
        check([
            (5, .started, [.ask(after: .milliseconds(50))]), (14, .asked(answers: false), [.ask(after: .milliseconds(100))]),
            (15, .asked(answers: false), [.tellLoading(.seconds(10)), .ask(after: .milliseconds(200))]),
            (24, .asked(answers: false), [.ask(after: .milliseconds(400))]),
            (25.5, .asked(answers: false), [.tellLoading(.seconds(20.5)), .ask(after: .milliseconds(800))]),
        ])
    }

    @Test func whatNeverAnsweredIsGivenUp() {
        check([
            (0, .started, [.ask(after: .milliseconds(50))]),
            (1, .ended("ended with the exit code 1"), [.giveUp("it ended with the exit code 1 before it answered")]),
        ])
    }

    @Test func whatLoadsTooLongIsEndedAndGivenUp() {
        check(
            [
                (0, .started, [.ask(after: .milliseconds(50))]), (99, .asked(answers: false), [.ask(after: .milliseconds(100))]),
                (100, .asked(answers: false), [.stop]), (100.5, .asked(answers: true), []),
                (101, .ended("was ended"), [.giveUp("it did not answer within 100 s, and was ended (was ended)")]),
            ]
        ) { limits in
            limits.loadTimeMax = .seconds(100)
            limits.tellEvery = .seconds(1000)
        }
    }

    @Test func whatServedIsStartedAgainWithGrowingPauses() {
        var lines: [Line] = []
        var now = 0.0
        for pause in [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30] {
            lines += [
                (now, .started, [.ask(after: .milliseconds(50))]), (now + 1, .asked(answers: true), [.serve(after: .seconds(1))]),
                (now + 2, .ended("was killed"), [.start(after: .seconds(pause), because: "was killed")]),
            ]
            now += 2 + pause
        }
        // It serves for a minute: the next end is a new one.
        lines += [
            (now, .started, [.ask(after: .milliseconds(50))]), (now + 1, .asked(answers: true), [.serve(after: .seconds(1))]),
            (now + 61, .ended("was killed"), [.start(after: .milliseconds(250), because: "was killed")]),
        ]
        check(lines)
    }

    @Test func whatServedOnceMayFailToLoadSomeTimes() {
        let failed = "it ended with the exit code 1 before it answered"
        check(
            [
                (0, .started, [.ask(after: .milliseconds(50))]), (1, .asked(answers: true), [.serve(after: .seconds(1))]),
                (2, .ended("was killed"), [.start(after: .milliseconds(250), because: "was killed")]),
                (3, .started, [.ask(after: .milliseconds(50))]),
                (4, .ended("ended with the exit code 1"), [.start(after: .milliseconds(500), because: failed)]),
                (5, .started, [.ask(after: .milliseconds(50))]), (6, .asked(answers: true), [.serve(after: .seconds(1))]),
                // That it answered once more counts.
                (7, .ended("was killed"), [.start(after: .seconds(1), because: "was killed")]),
                (8, .started, [.ask(after: .milliseconds(50))]),
                (9, .ended("ended with the exit code 1"), [.start(after: .seconds(2), because: failed)]),
                (12, .started, [.ask(after: .milliseconds(50))]),
                (13, .ended("ended with the exit code 1"), [.giveUp("\(failed), 2 times in a row")]),
            ]
        ) { $0.failedLoadsMax = 2 }
    }

    @Test func whatCannotBeStartedIsGivenUp() {
        check([
            (0, .started, [.ask(after: .milliseconds(50))]),
            (0, .ended("could not be started: no"), [.giveUp("it could not be started: no before it answered")]),
        ])
    }
}
