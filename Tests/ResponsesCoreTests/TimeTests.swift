import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

/// Heartbeats, the lifetime, shutdown, the end (websocket-mode 13).
struct TimeTests {
    // MARK: Heartbeats

    @Test func silenceIsBrokenEveryFifteenSeconds() {
        let connection = InMemoryConnection()
        connection.create(lane: "a")
        connection.advance(by: .seconds(14))
        #expect(connection.take().types == beginning)
        connection.advance(by: .seconds(1))
        let beat = connection.take()
        #expect(beat.types == ["response.in_progress"])
        #expect(beat.first?.number == 2)
        #expect(beat.first?.lane == "a")
        #expect(beat.first?.string("response.status") == "in_progress")
        connection.advance(by: .seconds(14))
        #expect(connection.take().isEmpty)
        connection.advance(by: .seconds(16))
        #expect(connection.take().map(\.number) == [3], "one beat, however late the tick")
        connection.answer(.say("ok"))
        #expect(connection.take().compactMap(\.number) == Array(4...10))
        connection.advance(by: .seconds(300))
        #expect(connection.take().isEmpty, "nothing runs, so nothing is silent")
    }

    @Test func eventsPutTheHeartbeatOff() {
        let connection = InMemoryConnection()
        connection.create()
        connection.advance(by: .seconds(10))
        connection.give(.text("x"))
        connection.advance(by: .seconds(10))
        #expect(!connection.take().types.dropFirst(2).contains("response.in_progress"))
        #expect(connection.nextDeadline == connection.now.uptime + .seconds(5))
    }

    /// The engine works, but the client hears nothing of it: it counts only text messages.
    @Test func piecesThatAreHeldBackDoNotPutItOff() {
        let connection = InMemoryConnection()
        connection.create()
        connection.give(.call(0, "f"), .input(0, "{"))
        connection.advance(by: .seconds(10))
        connection.give(.text("behind the call"), .usage(Usage()))
        _ = connection.take()
        connection.advance(by: .seconds(5))
        #expect(connection.take().types == ["response.in_progress"])
    }

    @Test func heartbeatsAreForStreams() {
        for (transport, expected) in [(Connection.Transport.sse, 3), (.json, 0)] {
            let connection = InMemoryConnection { $0.transport = transport }
            try? connection.post(#"{"model":"list","input":"x"}"#)
            connection.advance(by: .seconds(30))
            #expect(connection.take().count == expected)
        }
    }

    // MARK: The lifetime

    private let overText =
        "Responses websocket connection limit reached (60 minutes). Create a new websocket connection to continue."

    @Test func anIdleConnectionIsToldAndClosed() {
        let connection = InMemoryConnection()
        connection.complete()
        #expect(connection.nextDeadline == connection.now.uptime + .seconds(3600))
        connection.advance(by: .seconds(3599))
        #expect(connection.closeReason == nil)
        connection.advance(by: .seconds(1))
        let error = connection.expectError("websocket_connection_limit_reached")
        #expect(error?.string("error.message") == overText)
        #expect(error?.string("error.type") == "invalid_request_error")
        #expect(error?["stream_id"] == nil)
        #expect(connection.closeReason == .lifetimeOver)
        #expect(connection.core.isClosed)
        #expect(connection.nextDeadline == nil)
    }

    @Test func acceptedTurnsGoOnAfterTheLifetime() {
        let connection = InMemoryConnection()
        connection.advance(by: .seconds(3590))
        connection.create("runs", lane: "a")
        connection.create("waits", lane: "a")
        connection.advance(by: .seconds(10))
        #expect(connection.closeReason == nil)
        _ = connection.take()
        connection.create("too late", lane: "a")
        #expect(connection.expectError("websocket_connection_limit_reached", lane: "a")?.string("error.message") == overText)
        connection.answer(.say("1"))
        #expect(connection.take(lane: "a").types.suffix(2) == beginning.suffix(2))
        connection.holdsWrites = true
        connection.answer(.say("2"))
        #expect(connection.take().last?.type == "response.completed")
        #expect(connection.closeReason == nil, "its last event was not written yet")
        connection.confirmWrites()
        connection.expectError("websocket_connection_limit_reached")
        #expect(connection.closeReason == .lifetimeOver)
    }

    @Test func theGraceEnds() {
        let connection = InMemoryConnection { $0.limits.turnsInFlightMax = 2 }
        connection.holdsFetches = true
        connection.advance(by: .seconds(3599))
        connection.create("runs", lane: "a")
        connection.create("asks", after: "resp_slow", lane: "b")
        connection.create("waits", lane: "a")
        connection.create("waits", lane: "c")
        connection.advance(by: .seconds(1))
        #expect(connection.nextDeadline == connection.now.uptime + .seconds(14), "the next heartbeat")
        connection.advance(by: .seconds(299))
        #expect(connection.closeReason == nil)
        _ = connection.take()
        connection.advance(by: .seconds(1))
        #expect(connection.take(lane: "a").filter { $0.type != "response.in_progress" }.types == ["error", "response.failed"])
        #expect(connection.take(lane: "b").types == ["error"])
        #expect(connection.take(lane: "c").types == ["error"])
        connection.expectError("websocket_connection_limit_reached")
        #expect(connection.stopped.count == 2)
        #expect(connection.closeReason == .lifetimeOver)
        connection.answerFetches()
        connection.send("{")
        connection.create()
        #expect(connection.take().isEmpty, "nothing comes after the end")
    }

    /// Some clients match the text, so it stays the official one.
    @Test(arguments: [60, 90, 7200]) func theLifetimeIsASetting(seconds: Int) {
        let connection = InMemoryConnection { $0.limits.lifetime = .seconds(seconds) }
        connection.advance(by: .seconds(seconds - 1))
        #expect(connection.take().isEmpty)
        connection.advance(by: .seconds(1))
        #expect(connection.take().last?.string("error.message") == overText)
    }

    @Test func HTTPHasNoLifetime() throws {
        let connection = InMemoryConnection {
            $0.transport = .json
            $0.limits.responseDurationMax = .seconds(20_000)
        }
        #expect(connection.nextDeadline == nil)
        try connection.post(#"{"model":"list","input":"x"}"#)
        #expect(connection.nextDeadline == connection.now.uptime + .seconds(20_000), "the response's, no connection's")
        connection.advance(by: .seconds(10_000))
        connection.answer(.say("ok"))
        #expect(connection.finished.first?.object?["status"]?.stringValue == "completed")
    }

    // MARK: Shutdown

    @Test func anIdleConnectionClosesAtOnce() {
        let connection = InMemoryConnection()
        connection.shutDown(within: .seconds(25))
        #expect(connection.closeReason == .shutdown)
        #expect(connection.take().isEmpty)
    }

    @Test func runningTurnsFinishAndWaitingOnesAreRefused() {
        let connection = InMemoryConnection()
        connection.create("runs", lane: "a")
        connection.create("waits", lane: "a")
        _ = connection.take()
        connection.shutDown(within: .seconds(25))
        connection.expectError("server_is_overloaded", status: 503, lane: "a")
        connection.create(lane: "b")
        connection.expectError("server_is_overloaded", status: 503, lane: "b")
        #expect(connection.closeReason == nil)
        connection.answer(.say("ok"))
        #expect(connection.take().last?.type == "response.completed")
        #expect(connection.closeReason == .shutdown)
    }

    @Test func runningTurnsMeetTheDeadline() {
        let connection = InMemoryConnection { $0.limits.heartbeat = .seconds(30) }
        connection.create()
        connection.give(.text("half"))
        connection.shutDown(within: .seconds(25))
        #expect(connection.nextDeadline == connection.now.uptime + .seconds(25))
        _ = connection.take()
        connection.advance(by: .seconds(25))
        let last = connection.take().last
        #expect(last?.type == "response.failed")
        #expect(last?.string("response.error.code") == "rate_limit_exceeded")
        #expect(last?.string("response.error.message")?.contains(" Please try again in ") == true)
        #expect(last?.string("response.output[0].content[0].text") == "half")
        #expect(connection.stopped.count == 1)
        #expect(connection.closeReason == .shutdown)
    }

    @Test func shutdownDuringTheGraceCloses() {
        let connection = InMemoryConnection()
        connection.advance(by: .seconds(3599))
        connection.create()
        connection.advance(by: .seconds(1))
        connection.shutDown(within: .seconds(5))
        connection.shutDown(within: .seconds(5))
        _ = connection.take()
        connection.advance(by: .seconds(5))
        #expect(connection.take().types == ["response.failed"])
        #expect(connection.closeReason == .shutdown)
    }

    // MARK: The client goes away

    @Test func disconnectingStopsEverything() {
        let process = InMemoryProcess()
        let connection = InMemoryConnection(process) { $0.limits.turnsInFlightMax = 2 }
        connection.complete("root", store: false)
        connection.create(lane: "a")
        connection.create(lane: "b")
        connection.create(lane: "b")
        let work = connection.works.first
        _ = connection.take()
        connection.disconnect()
        #expect(connection.stopped.count == 2)
        #expect(connection.core.turnCount == 0)
        #expect(connection.core.isClosed)
        #expect(connection.closeReason == nil, "there is nothing to close")
        connection.give(.text("late"), to: work)
        connection.end(nil, of: work)
        connection.create()
        connection.shutDown(within: .seconds(1))
        connection.advance(by: .seconds(9000))
        connection.disconnect()
        #expect(connection.take().isEmpty)
        #expect(connection.stopped.count == 2)
        #expect(process.memory.bytes == 0)
    }
}
