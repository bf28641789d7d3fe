import ResponsesAPI
import Testing

@testable import ResponsesClient

/// What is sent again, and what never is (websocket-mode 18).
struct RecoveryTests {
    // MARK: A lost parent

    static let lostParents = [
        error("previous_response_not_found"),
        #"{"type":"error","code":"previous_response_not_found","message":"no","param":"previous_response_id"}"#,
        #"{"type":"error","status_code":400,"error":{"type":"invalid_request_error","message":"Invalid previous_response_id."}}"#,
        failed("r2", code: "previous_response_not_found"),
    ]

    @Test(arguments: lostParents)
    func aLostParentIsAnsweredWithEverythingOnce(_ shape: String) throws {
        let line = Dialogue()
        try line.answerFirst()
        #expect(line.ask("more") == ["send 1 after r1[more]"])
        #expect(try line.hear(1, shape) == ["send 1 all[hi,<r1>,more]"])
        #expect(try line.hear(1, shape).last == "finish 2 failed 400 previous_response_not_found")
    }

    /// Events that say something were seen: the program would get them twice.
    @Test func aParentThatIsLostAfterOutputIsNotAnsweredByARepetition() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("more")
        _ = try line.hear(1, created("r2"), delta("x"))
        #expect(
            try line.hear(1, failed("r2", code: "previous_response_not_found")).last
                == "finish 2 failed 400 previous_response_not_found")
    }

    @Test func aParentThatIsLostAfterTheBeginningIsAnsweredWithEverything() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("more")
        #expect(try line.hear(1, created("r2"), failed("r2", code: "previous_response_not_found")).last == "send 1 all[hi,<r1>,more]")
    }

    @Test func onANewConnectionNothingIsHeldThatWasNotStored() throws {
        let line = Dialogue()
        try line.answerFirst()
        #expect(line.close(1, 1001) == [])
        #expect(line.ask("more") == ["connect 2"])
        #expect(line.open(2) == ["send 2 all[hi,<r1>,more]"])
    }

    @Test func aStoredParentOutlivesItsConnection() throws {
        let line = Dialogue()
        try line.answerFirst(store: nil)
        _ = line.close(1)
        _ = line.ask("more", store: nil)
        #expect(line.open(2) == ["send 2 after r1[more]"])
        #expect(try line.hear(2, error("previous_response_not_found")) == ["send 2 all[hi,<r1>,more]"])
    }

    // MARK: Drops

    @Test func aTurnWithoutEventsIsSentAgainOnceInFull() throws {
        let line = Dialogue()
        try line.answerFirst(store: nil)
        #expect(line.ask("more", store: nil) == ["send 1 after r1[more]"])
        #expect(line.close(1) == ["connect 2"])
        // Not even by the stored parent: what carries a parent is not repeated.
        #expect(line.open(2) == ["send 2 all[hi,<r1>,more]"])
        #expect(line.close(2) == ["finish 2 broken interrupted"])
        #expect(line.ask("more", store: nil) == ["connect 3"])
    }

    @Test func aTurnOfWhichEventsWereSeenIsNeverRepeated() throws {
        let line = Dialogue()
        _ = line.ask("hi")
        _ = line.open(1)
        _ = try line.hear(1, created("r1"))
        #expect(line.close(1) == ["finish 1 broken interrupted"])
        #expect(line.chain() == "")
    }

    @Test func eachLaneIsTreatedByWhatWasSeenOfIt() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("a", on: "a")
        _ = line.ask("b", on: "b")
        _ = try line.hear(1, created("r2", lane: "b"))
        #expect(line.close(1) == ["finish 3 broken interrupted", "connect 2"])
        #expect(line.open(2) == ["send 2 all[a] on a"])
    }

    @Test func aMessageThatWasTooBigGoesByHTTP() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("more")
        #expect(line.close(1, 1009) == ["post 2 all[hi,<r1>,more]"])
        _ = try line.hearOverHTTP(2, completed("r2"))
        // Its response lives nowhere else, and everything is too big again.
        #expect(line.ask("more") == ["connect 2"])
        #expect(line.open(2) == ["post 3 all[hi,<r1>,more,<r2>,more]"])
    }

    /// The peer does not say which was too big; the longest is the one.
    @Test func onlyTheLongestMessageIsTakenForTooBig() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("short", on: "a")
        _ = line.ask("a much longer question", on: "b")
        #expect(line.close(1, 1009) == ["connect 2", "post 3 all[a much longer question]"])
        #expect(line.open(2) == ["send 2 all[short] on a"])
    }

    @Test func aMessageAboveTheLimitGoesByHTTPAtOnce() throws {
        var limits = ClientLimits()
        limits.messageBytesMax = 200
        let line = Dialogue(limits)
        let long = String(repeating: "x", count: 200)
        _ = line.ask(long)
        #expect(line.open(1) == ["post 1 all[\(long)]"])
    }

    @Test func aConnectionClosedForPolicyIsNotTriedAgain() throws {
        let line = Dialogue()
        _ = line.ask("hi")
        _ = line.open(1)
        #expect(line.close(1, 1008) == ["finish 1 broken refused"])
    }

    // MARK: The life of a connection

    @Test func anOldConnectionIsLeftBetweenTurns() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.pass(.seconds(55 * 60))
        #expect(line.ask("more") == ["close 1 1000", "connect 2"])
        #expect(line.open(2) == ["send 2 all[hi,<r1>,more]"])
    }

    @Test func anOldConnectionFinishesWhatRunsOnIt() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.pass(.seconds(55 * 60 - 1))
        #expect(line.ask("long") == ["send 1 after r1[long]"])
        _ = line.pass(.seconds(1))
        #expect(line.ask("other", on: "b") == ["connect 2"])
        #expect(line.open(2) == ["send 2 all[other] on b"])
        #expect(try line.hear(1, completed("r2")) == [
            "deliver 2 response.completed", "finish 2 completed r2", "close 1 1000",
        ])
    }

    @Test func theConnectionLimitMovesTheTurnThatWasRefused() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("more")
        #expect(try line.hear(1, error("websocket_connection_limit_reached")) == ["close 1 1000", "connect 2"])
        #expect(line.open(2) == ["send 2 all[hi,<r1>,more]"])
    }

    @Test func theConnectionLimitMayComeUnasked() throws {
        let line = Dialogue()
        try line.answerFirst()
        #expect(try line.hear(1, error("websocket_connection_limit_reached")) == ["close 1 1000"])
        #expect(line.ask("more") == ["connect 2"])
    }

    @Test func theConnectionLimitLeavesRunningTurnsAlone() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("a", on: "a")
        _ = try line.hear(1, created("r2", lane: "a"))
        _ = line.ask("more")
        #expect(try line.hear(1, error("websocket_connection_limit_reached")) == ["connect 2"])
        #expect(try line.hear(1, completed("r2", lane: "a")).last == "close 1 1000")
    }

    @Test func aServerThatOnlyEverSaysLimitIsGivenUp() throws {
        let line = Dialogue()
        _ = line.ask("hi")
        var last: [String] = []
        for connection in 1...4 {
            _ = line.open(connection)
            last = try line.hear(connection, error("websocket_connection_limit_reached"))
        }
        #expect(last.contains("finish 1 failed 400 websocket_connection_limit_reached"))
    }

    @Test func theThirtyThirdLaneGetsANewConnection() throws {
        let line = Dialogue()
        try line.answerFirst()
        for lane in 1...32 {
            _ = line.ask("x", on: "lane\(lane)")
            _ = try line.hear(1, completed("l\(lane)", lane: "lane\(lane)"))
        }
        #expect(line.ask("x", on: "lane33") == ["close 1 1000", "connect 2"])
    }

    @Test func aSeventeenthTurnWaitsForAPlace() throws {
        let line = Dialogue()
        try line.answerFirst()
        for lane in 1...16 { #expect(line.ask("x", on: "lane\(lane)").count == 1) }
        #expect(line.ask("x", on: "lane17") == [])
        #expect(try line.hear(1, completed("l1", lane: "lane1")).last == "send 1 all[x] on lane17")
    }

    // MARK: Connections that do not come

    @Test func status426MeansHTTPForGood() throws {
        let line = Dialogue()
        _ = line.ask("hi")
        #expect(line.refuse(1, .refusedUpgrade(status: 426, error: nil, retryAfterSeconds: nil)) == ["post 1 all[hi]"])
        _ = try line.hearOverHTTP(1, completed("r1"))
        #expect(line.ask("more") == ["post 2 all[hi,<r1>,more]"])
    }

    @Test func threeRefusedUpgradesMeanHTTPForGood() {
        let line = Dialogue()
        _ = line.ask("hi")
        let refusal = ConnectFailure.refusedUpgrade(status: 404, error: nil, retryAfterSeconds: nil)
        #expect(line.refuse(1, refusal) == [])
        #expect(line.pass(.seconds(1)) == ["connect 2"])
        #expect(line.refuse(2, .timedOut) == [])
        #expect(line.pass(.seconds(2)) == ["connect 3"])
        #expect(line.refuse(3, refusal) == ["post 1 all[hi]"])
    }

    /// Refusals of a day, such as a proxy's while servers are replaced, do not add up.
    @Test func aConnectionThatComesForgetsTheRefusalsBefore() {
        let line = Dialogue()
        let refusal = ConnectFailure.refusedUpgrade(status: 502, error: nil, retryAfterSeconds: nil)
        _ = line.ask("hi")
        for connection in [1, 2, 4, 5] {
            #expect(line.refuse(connection, refusal) == [])
            #expect(line.pass(.seconds(8)) == ["connect \(connection + 1)"])
            if connection == 2 {
                _ = line.open(3)
                #expect(line.close(3) == ["connect 4"])
            }
        }
    }

    @Test(arguments: [401, 403])
    func aWrongKeyIsToldAtOnce(_ status: Int) {
        let line = Dialogue()
        _ = line.ask("hi")
        let error = APIError(status: status, type: "authentication_error", code: .invalidAPIKey, message: "no")
        let refusal = ConnectFailure.refusedUpgrade(status: status, error: error, retryAfterSeconds: nil)
        #expect(line.refuse(1, refusal) == ["finish 1 failed \(status) invalid_api_key"])
    }

    @Test func aBusyServerIsWaitedForAsLongAsItSays() {
        let line = Dialogue()
        _ = line.ask("hi")
        #expect(line.refuse(1, .refusedUpgrade(status: 503, error: nil, retryAfterSeconds: 7)) == [])
        #expect(line.pass(.milliseconds(6_999)) == [])
        #expect(line.pass(.milliseconds(1)) == ["connect 2"])
        #expect(line.refuse(2, .refusedUpgrade(status: 429, error: nil, retryAfterSeconds: 3600)) == ["finish 1 broken refused"])
    }

    @Test func nobodyListensIsToldAtOnceAndALostServerIsTriedAgain() throws {
        let line = Dialogue()
        _ = line.ask("hi")
        #expect(line.refuse(1, .unreachable(reason: "nothing listens")) == ["finish 1 broken unreachable"])

        _ = line.ask("hi")
        _ = line.open(2)
        #expect(line.close(2) == ["connect 3"])
        for connection in 3...6 {
            #expect(line.refuse(connection, .unreachable(reason: "nothing listens")) == [])
            #expect(line.pass(.seconds(8)) == ["connect \(connection + 1)"])
        }
        #expect(line.refuse(7, .unreachable(reason: "nothing listens")) == ["finish 2 broken unreachable"])
    }

    @Test func waitsGrowAndStayWithinTheirLimits() {
        var reach = ServerReach(ClientLimits(), usesHTTPOnly: false, seed: 3)
        let waits = (1...10).map { reach.backoff($0) }
        for (index, wait) in waits.enumerated() {
            let full = min(Duration.milliseconds(250) * (1 << index), .seconds(8))
            #expect(wait <= full && wait >= full / 2)
        }
    }

    // MARK: Refusals that pass

    @Test func overloadIsTriedAgainAndThenTold() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("more")
        let overload = error("server_is_overloaded", status: 503, retryAfter: 5)
        #expect(try line.hear(1, overload) == [])
        #expect(line.pass(.seconds(5)) == ["send 1 all[hi,<r1>,more]"])
        #expect(try line.hear(1, overload) == [])
        #expect(line.pass(.seconds(5)).count == 1)
        #expect(try line.hear(1, overload) == ["deliver 2 error", "finish 2 failed 503 server_is_overloaded"])
    }

    @Test(arguments: [("invalid_value", 400), ("insufficient_quota", 429), ("engine_exploded", 500)])
    func whatWouldFailAgainIsToldAtOnce(_ code: String, _ status: Int) throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("more")
        #expect(try line.hear(1, error(code, status: status)).last == "finish 2 failed \(status) \(code)")
    }

    @Test func aLongRetryAfterIsNotWaitedFor() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("more")
        let limited = error("rate_limit_exceeded", status: 429, retryAfter: 3600)
        #expect(try line.hear(1, limited).last == "finish 2 failed 429 rate_limit_exceeded")
    }

    // MARK: Cancelling and silence

    @Test func aCancelledTurnFreesItsLaneWhenTheServerSaysSo() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("long")
        _ = try line.hear(1, created("r2"))
        #expect(line.cancel(2) == ["finish 2 broken cancelled", "send 1 cancel r2"])
        #expect(line.ask("next") == [])
        #expect(try line.hear(1, delta("x")) == [])
        #expect(try line.hear(1, incomplete("r2", reason: "cancelled")) == ["send 1 after r1[next]"])
    }

    @Test func aServerThatDoesNotKnowCancelLosesTheConnection() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("long")
        _ = line.cancel(2)
        #expect(try line.hear(1, error("unknown_event_type")) == ["close 1 1000"])
        _ = line.ask("next")
        _ = line.open(2)
        // It is known from now on: no word is wasted.
        #expect(line.cancel(3) == ["finish 3 broken cancelled", "close 2 1000"])
    }

    @Test func aCancelThatIsNotAnsweredIsNotWaitedForLong() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("long")
        _ = line.cancel(2)
        #expect(line.ask("next") == [])
        #expect(line.pass(.seconds(5)) == ["close 1 1000", "connect 2"])
    }

    @Test func waitingTurnsAreCancelledWithoutAWord() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("a")
        _ = line.ask("b")
        #expect(line.cancel(3) == ["finish 3 broken cancelled"])
        _ = line.ask("over http", on: "x")
        #expect(line.cancel(4).first == "finish 4 broken cancelled")
    }

    @Test func silenceEndsATurnAndItsConnection() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("more")
        #expect(line.pass(.seconds(299)) == [])
        #expect(line.pass(.seconds(1)) == ["finish 2 broken timed_out", "close 1 1000"])
    }

    @Test func whoDoesNotReadHearsNoSilence() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("more")
        line.state.readingPaused(true, now: line.now)
        #expect(line.pass(.seconds(3600)) == [])
        line.state.readingPaused(false, now: line.now)
        #expect(line.pass(.seconds(299)) == [])
        #expect(line.pass(.seconds(1)).first == "finish 2 broken timed_out")
    }

    // MARK: HTTP

    @Test func overHTTPABrokenStreamIsTreatedLikeADrop() throws {
        let line = Dialogue(usesHTTPOnly: true)
        _ = line.ask("hi")
        #expect(line.endHTTP(1, .broken(reason: "reset")) == ["post 1 all[hi]"])
        _ = try line.hearOverHTTP(1, created("r1"))
        #expect(line.endHTTP(1, .broken(reason: "reset")) == ["finish 1 broken interrupted"])
        #expect(line.ask("hi") == ["post 2 all[hi]"])
        #expect(line.endHTTP(2, .finished) == ["post 2 all[hi]"])
        #expect(line.endHTTP(2, .finished) == ["finish 2 broken interrupted"])
    }

    @Test func overHTTPALostParentIsAnsweredWithEverything() throws {
        let line = Dialogue(usesHTTPOnly: true)
        _ = line.ask("hi", store: nil)
        _ = try line.hearOverHTTP(1, completed("r1", store: true))
        _ = line.endHTTP(1, .finished)
        #expect(line.ask("more", store: nil) == ["post 2 after r1[more]"])
        #expect(line.endHTTP(2, .refused(.previousResponseNotFound("r1"))) == ["post 2 all[hi,<r1>,more]"])
    }

    /// The stream's own end comes right behind its last event; it is not that of the second try.
    @Test func overHTTPTheEndOfAFailedTryIsNotThatOfTheNext() throws {
        let line = Dialogue(usesHTTPOnly: true)
        _ = line.ask("hi", store: nil)
        _ = try line.hearOverHTTP(1, completed("r1", store: true))
        _ = line.endHTTP(1, .finished)
        _ = line.ask("more", store: nil)
        #expect(try line.hearOverHTTP(2, failed("r2", code: "previous_response_not_found")) == [])
        #expect(line.endHTTP(2, .finished) == ["post 2 all[hi,<r1>,more]"])
        #expect(try line.hearOverHTTP(2, completed("r3", store: true)).last == "finish 2 completed r3")
    }

    /// The exchange measures it: it sees what is not an event, such as the comments that keep a stream alive.
    @Test func overHTTPSilenceIsTheExchangesToTell() throws {
        let line = Dialogue(usesHTTPOnly: true)
        _ = line.ask("hi")
        #expect(line.pass(.seconds(3600)) == [])
        #expect(line.endHTTP(1, .timedOut) == ["finish 1 broken timed_out"])
    }

    // MARK: The end

    @Test func leavingTheLineEndsEverything() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("a")
        _ = line.ask("b")
        line.state.close()
        #expect(line.said() == ["finish 2 broken closed", "finish 3 broken closed", "close 1 1000"])
        #expect(line.ask("c") == ["finish 4 broken closed"])
    }

    @Test func garbageEndsTheConnection() throws {
        let line = Dialogue()
        try line.answerFirst()
        _ = line.ask("more")
        line.state.receivedGarbage(on: .init(rawValue: 1), now: .zero)
        #expect(line.said() == ["close 1 1007", "connect 2"])
    }
}
