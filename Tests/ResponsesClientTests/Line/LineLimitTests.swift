import ResponsesAPI
import Testing

@testable import ResponsesClient

/// What is bounded, and refusals that concern one turn only.
struct LineLimitTests {
    @Test func overHTTPATurnThatBeganIsNotRepeated() throws {
        let line = Dialogue(usesHTTPOnly: true)
        _ = line.ask("hi")
        _ = try line.hearOverHTTP(1, created("r1"))
        #expect(line.endHTTP(1, .broken(reason: "reset")) == ["finish 1 broken interrupted"])
    }

    @Test func overloadInTheMidstOfATurnIsTold() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("more")
        _ = try line.hear(1, created("r2"))
        #expect(
            try line.hear(1, error("server_is_overloaded", status: 503)) == [
                "deliver 2 error", "finish 2 failed 503 server_is_overloaded",
            ])
    }

    @Test func theConnectionLimitOfOneLaneMovesThatLaneOnly() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("a", on: "a")
        _ = line.ask("b", on: "b")
        #expect(try line.hear(1, error("websocket_connection_limit_reached", lane: "a")) == ["connect 2"])
        #expect(line.open(2) == ["send 2 all[a] on a"])
        #expect(try line.hear(1, completed("r3", lane: "b")).last == "close 1 1000")
    }

    @Test func aPeerWithFewerLanesGetsANewConnection() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("a", on: "a")
        #expect(try line.hear(1, error("websocket_stream_limit_reached", lane: "a")) == ["close 1 1000", "connect 2"])
        #expect(line.open(2) == ["send 2 all[a] on a"])
    }

    /// Both have to say that a response outlives its connection.
    @Test(arguments: [(false, true), (true, false)])
    func whatEitherSideDoesNotStoreEndsWithItsConnection(_ asked: Bool, _ told: Bool) throws {
        let line = Dialogue()
        _ = line.ask("hi", store: asked)
        _ = line.open(1)
        _ = try line.hear(1, completed("r1", store: told))
        _ = line.close(1)
        _ = line.ask("more", store: asked)
        #expect(line.open(2) == ["send 2 all[hi,<r1>,more]"])
    }

    @Test func overHTTPASeventeenthTurnWaitsForAPlace() throws {
        let line = Dialogue(usesHTTPOnly: true)
        for lane in 1...16 { #expect(line.ask("x", on: "lane\(lane)").count == 1) }
        #expect(line.ask("x", on: "lane17") == [])
        _ = try line.hearOverHTTP(1, completed("r1"))
        #expect(line.endHTTP(1, .finished) == ["post 17 all[x]"])
    }

    @Test func turnsThatWaitAreCounted() {
        var limits = ClientLimits()
        limits.turnsWaitingMax = 2
        let line = Dialogue(limits)
        _ = line.ask("a")
        _ = line.ask("b")
        #expect(line.ask("c") == ["finish 3 broken queue_full"])
    }

    @Test func overHTTPALostServerIsTriedAsOftenAsAllowed() throws {
        let line = Dialogue(usesHTTPOnly: true)
        _ = line.ask("hi")
        _ = try line.hearOverHTTP(1, completed("r1"))
        _ = line.endHTTP(1, .finished)
        _ = line.ask("more")
        for _ in 1...4 {
            #expect(line.endHTTP(2, .unreachable(reason: "x")) == [])
            #expect(line.pass(.seconds(8)).count == 1)
        }
        #expect(line.endHTTP(2, .unreachable(reason: "x")) == ["finish 2 broken unreachable"])
    }

    /// It is unknown whether the cancel event or the turn is meant, so the lane continues elsewhere.
    @Test func anErrorOfACancelledTurnsLaneLeavesTheConnection() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("long", on: "a")
        _ = line.cancel(2)
        #expect(try line.hear(1, error("invalid_value", lane: "a")) == ["close 1 1000"])
    }
}
