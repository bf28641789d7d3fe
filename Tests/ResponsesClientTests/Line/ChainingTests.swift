import ResponsesAPI
import Testing

@testable import ResponsesClient

/// What a turn carries: an increment when the server holds its parent, otherwise everything.
struct ChainingTests {
    @Test func theFirstTurnConnectsAndTheNextSendsWhatIsNew() throws {
        let line = Dialogue()
        #expect(line.ask("hi") == ["connect 1"])
        #expect(line.open(1) == ["send 1 all[hi]"])
        #expect(
            try line.hear(1, created("r1"), delta("he"), completed("r1")) == [
                "deliver 1 response.created", "deliver 1 response.output_text.delta", "deliver 1 response.completed",
                "finish 1 completed r1",
            ])
        #expect(line.ask("more") == ["send 1 after r1[more]"])
        #expect(line.chain() == "hi,<r1>")
    }

    @Test func aFieldThatChangedSendsEverything() throws {
        let line = Dialogue()
        try line.answerFirst()
        #expect(line.ask("more", temperature: 0.5) == ["send 1 all[hi,<r1>,more]"])
        _ = try line.hear(1, completed("r2"))
        #expect(line.ask("again", temperature: 0.5) == ["send 1 after r2[again]"])
    }

    @Test func turnsOfOneLaneFollowEachOther() throws {
        let line = Dialogue()
        try line.answerFirst()
        #expect(line.ask("a") == ["send 1 after r1[a]"])
        #expect(line.ask("b") == [])
        #expect(
            try line.hear(1, completed("r2")) == [
                "deliver 2 response.completed", "finish 2 completed r2", "send 1 after r2[b]",
            ])
    }

    @Test func lanesRunSideBySideAndEventsFindTheirs() throws {
        let line = Dialogue()
        try line.answerFirst()
        #expect(line.ask("a", on: "a") == ["send 1 all[a] on a"])
        #expect(line.ask("b", on: "b") == ["send 1 all[b] on b"])
        #expect(try line.hear(1, completed("r3", lane: "b")) == ["deliver 3 response.completed", "finish 3 completed r3"])
        #expect(try line.hear(1, delta("x", lane: "a")) == ["deliver 2 response.output_text.delta"])
        #expect(try line.hear(1, delta("x", lane: "c")) == [])
    }

    @Test func aForkContinuesTheSameParentOnAnotherLane() throws {
        let line = Dialogue()
        try line.answerFirst()
        let chain = try #require(line.state.lanes[nil]?.chain)
        #expect(line.put(chain, on: "fork"))
        #expect(line.ask("left") == ["send 1 after r1[left]"])
        #expect(line.ask("right", on: "fork") == ["send 1 after r1[right] on fork"])
        _ = try line.hear(1, completed("r2"), completed("r3", lane: "fork"))
        #expect(line.chain() == "hi,<r1>,left,<r2>")
        #expect(line.chain("fork") == "hi,<r1>,right,<r3>")
    }

    @Test func aChainIsPutOnIdleLanesOnly() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("more")
        #expect(!line.put(Chain()))
        _ = try line.hear(1, completed("r2"))
        #expect(line.put(Chain()))
        #expect(line.ask("new") == ["send 1 all[new]"])
    }

    @Test func aNamedLaneThatIsGivenBackLeavesNothing() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("x", on: "task")
        #expect(!line.put(Chain(), on: "task"))
        _ = try line.hear(1, completed("r2", lane: "task"))
        #expect(line.put(Chain(), on: "task"))
        #expect(line.state.lanes.count == 1)
        #expect(line.ask("y", on: "task") == ["send 1 all[y] on task"])
    }

    @Test func aWarmupIsContinuedWithNothingButWhatIsNew() throws {
        let line = Dialogue()
        _ = line.ask("context", warmup: true)
        #expect(line.open(1) == ["send 1 all[context] warmup"])
        _ = try line.hear(1, created("w"), #"{"type":"response.completed","response":{"id":"w","status":"completed","output":[]}}"#)
        #expect(line.ask(nil) == ["send 1 after w[]"])
        #expect(line.chain() == "context")
    }

    @Test func overHTTPThereIsNoWarmup() {
        let line = Dialogue(usesHTTPOnly: true)
        #expect(line.ask("context", warmup: true) == ["finish 1 no warmup"])
        #expect(line.ask("hi") == ["post 2 all[hi]"])
    }

    @Test func overHTTPOnlyStoredResponsesAreContinued() throws {
        let line = Dialogue(usesHTTPOnly: true)
        #expect(line.ask("hi", store: true) == ["post 1 all[hi]"])
        _ = try line.hearOverHTTP(1, created("r1"), completed("r1", store: true))
        #expect(line.ask("more", store: true) == ["post 2 after r1[more]"])
        _ = try line.hearOverHTTP(2, completed("r2", store: true))
        #expect(line.ask("private") == ["post 3 all[hi,<r1>,more,<r2>,private]"])
        _ = try line.hearOverHTTP(3, completed("r3"))
        #expect(line.ask("private") == ["post 4 all[hi,<r1>,more,<r2>,private,<r3>,private]"])
    }

    @Test func itemsThatTheTerminalEventLeavesOutAreKept() throws {
        let line = Dialogue()
        _ = line.ask("hi")
        _ = line.open(1)
        _ = try line.hear(
            1, created("r1"), itemDone(1, "two"), itemDone(0, "one"),
            #"{"type":"response.completed","response":{"id":"r1","status":"completed","output":[]}}"#)
        #expect(line.chain() == "hi,one,two")
    }

    @Test func anIncompleteResponseIsContinuedAndACancelledOneIsNot() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("long")
        _ = try line.hear(1, incomplete("r2", reason: "max_output_tokens"))
        #expect(line.ask("go on") == ["send 1 after r2[go on]"])
        _ = try line.hear(1, incomplete("r3", reason: "cancelled"))
        #expect(line.ask("other") == ["send 1 after r2[other]"])
    }

    @Test func aFailedTurnLosesItsParentAtTheServer() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("boom")
        #expect(
            try line.hear(1, created("r2"), failed("r2", code: "server_error")).last == "finish 2 failed 500 server_error")
        #expect(line.ask("again") == ["send 1 all[hi,<r1>,again]"])
    }

    @Test func outputsThatNoTurnCarriedGoWithTheNext() throws {
        let line = Dialogue()
        try line.answerFirst()
        line.state.addPending([.functionCallOutput(callID: "c", output: "done")], to: nil)
        #expect(line.ask("next") == ["send 1 after r1[=c,next]"])
        _ = try line.hear(1, completed("r2"))
        #expect(line.chain() == "hi,<r1>,=c,next,<r2>")
        #expect(line.ask("last") == ["send 1 after r2[last]"])
    }

    @Test func outputsThatComeWhileATurnRunsAreKept() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("more")
        line.state.addPending([.functionCallOutput(callID: "c", output: "done")], to: nil)
        _ = try line.hear(1, completed("r2"))
        #expect(line.ask("next") == ["send 1 after r2[=c,next]"])
    }

    /// Both lines count their connections from 1.
    @Test func aChainOfAnotherLineIsSentInFull() throws {
        let before = Dialogue()
        try before.answerFirst()
        let line = Dialogue()
        _ = line.ask("x", on: "other")
        _ = line.open(1)
        #expect(line.put(try #require(before.state.lanes[nil]?.chain)))
        #expect(line.ask("more") == ["send 1 all[hi,<r1>,more]"])
    }
}
