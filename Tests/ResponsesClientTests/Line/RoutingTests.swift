import ResponsesAPI
import Testing

@testable import ResponsesClient

/// Whose an event is when servers leave its lane out, and what strays after a turn was cancelled or moved.
struct RoutingTests {
    @Test func aServerWithoutLanesIsUnderstoodWhileOneTurnRuns() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("a", on: "a")
        #expect(try line.hear(1, created("r2"), completed("r2")).last == "finish 2 completed r2")
    }

    /// The limit came while the default lane's turn was silent, so it was moved. The server runs it all the same.
    @Test func whatAMovedTurnStillSaysIsNobodyElses() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("a", on: "a")
        _ = try line.hear(1, created("r2", lane: "a"))
        _ = line.ask("more")
        #expect(try line.hear(1, error("websocket_connection_limit_reached")) == ["connect 2"])
        #expect(try line.hear(1, created("r3"), completed("r3")) == [])
        #expect(try line.hear(1, completed("r2", lane: "a")).contains("finish 2 completed r2"))
    }

    @Test func anErrorWithoutALaneIsAboutTheOneTurnThatHasNotBegun() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("a", on: "a")
        _ = try line.hear(1, created("r2", lane: "a"))
        _ = line.ask("b", on: "b")
        #expect(try line.hear(1, error("invalid_value")) == ["deliver 3 error", "finish 3 failed 400 invalid_value"])
        #expect(try line.hear(1, completed("r2", lane: "a")).last == "finish 2 completed r2")
    }

    /// The server names the lane in its answer to the cancel event that it does not know. The turn itself runs on there, so
    /// the lane must not continue over this connection.
    @Test func anUnknownCancelEventIsNotTheEndOfTheTurn() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("long", on: "a")
        _ = try line.hear(1, created("r2", lane: "a"))
        _ = line.cancel(2)
        _ = line.ask("next", on: "a")
        #expect(try line.hear(1, error("unknown_event_type", lane: "a")) == ["close 1 1000", "connect 2"])
    }

    /// The turn came to its end by itself before the server read the cancel event.
    @Test func aLateAnswerToACancelEventIsNotAboutTheNextTurn() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("long")
        _ = line.cancel(2)
        _ = line.ask("next")
        #expect(try line.hear(1, completed("r2")) == ["send 1 after r1[next]"])
        #expect(try line.hear(1, error("unknown_event_type")) == [])
        #expect(try line.hear(1, completed("r3")).last == "finish 3 completed r3")
    }

    @Test func aLaneDoesNotWaitForTheOthersOfALeftConnection() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("long", on: "a")
        _ = try line.hear(1, created("r2", lane: "a"))
        _ = line.ask("more")
        _ = line.cancel(3)
        #expect(line.ask("next") == [])
        #expect(line.pass(.seconds(5)) == ["connect 2"])
        #expect(line.open(2) == ["send 2 all[hi,<r1>,next]"])
        // What the cancelled turn still says on the old connection is passed over.
        #expect(try line.hear(1, completed("r3")) == [])
        #expect(try line.hear(2, completed("r4")).last == "finish 4 completed r4")
        #expect(try line.hear(1, completed("r2", lane: "a")).last == "close 1 1000")
    }
}
