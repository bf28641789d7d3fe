import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

/// Heartbeats, the lifetime, shutdown, the end (WebSocket guide, section 13).
struct TimeTests {
    // MARK: Heartbeats

    @Test func silenceIsBrokenEveryThirtySeconds() {
        let line = InMemoryConnection()
        line.create(lane: "a")
        line.advance(by: .seconds(29))
        #expect(line.take().types == beginning)
        line.advance(by: .seconds(1))
        let beat = line.take()
        #expect(beat.types == ["response.in_progress"])
        #expect(beat.first?.number == 2)
        #expect(beat.first?.lane == "a")
        #expect(beat.first?.string("response.status") == "in_progress")
        line.advance(by: .seconds(29))
        #expect(line.take().isEmpty)
        line.advance(by: .seconds(31))
        #expect(line.take().map(\.number) == [3], "one beat, however late the tick")
        line.answer(.say("ok"))
        #expect(line.take().compactMap(\.number) == Array(4...10))
        line.advance(by: .seconds(300))
        #expect(line.take().isEmpty, "nothing runs, so nothing is silent")
    }

    @Test func eventsPutTheHeartbeatOff() {
        let line = InMemoryConnection()
        line.create()
        line.advance(by: .seconds(20))
        line.give(.text("x"))
        line.advance(by: .seconds(20))
        #expect(!line.take().types.dropFirst(2).contains("response.in_progress"))
        #expect(line.connection.nextDeadline == line.now.uptime + .seconds(10))
    }

    /// The engine works, but the client hears nothing of it: it counts only text messages.
    @Test func piecesThatAreHeldBackDoNotPutItOff() {
        let line = InMemoryConnection()
        line.create()
        line.give(.call(0, "f"), .input(0, "{"))
        line.advance(by: .seconds(20))
        line.give(.text("behind the call"), .usage(Usage()))
        _ = line.take()
        line.advance(by: .seconds(10))
        #expect(line.take().types == ["response.in_progress"])
    }

    @Test func heartbeatsAreForStreams() {
        for (transport, expected) in [(Connection.Transport.sse, 3), (.json, 0)] {
            let line = InMemoryConnection { $0.transport = transport }
            try? line.post(#"{"model":"list","input":"x"}"#)
            line.advance(by: .seconds(30))
            #expect(line.take().count == expected)
        }
    }

    // MARK: The lifetime

    private let overText =
        "Responses websocket connection limit reached (60 minutes). Create a new websocket connection to continue."

    @Test func anIdleConnectionIsToldAndClosed() {
        let line = InMemoryConnection()
        line.complete()
        #expect(line.connection.nextDeadline == line.now.uptime + .seconds(3600))
        line.advance(by: .seconds(3599))
        #expect(line.closeReason == nil)
        line.advance(by: .seconds(1))
        let error = line.expectError("websocket_connection_limit_reached")
        #expect(error?.string("error.message") == overText)
        #expect(error?.string("error.type") == "invalid_request_error")
        #expect(error?["stream_id"] == nil)
        #expect(line.closeReason == .lifetimeOver)
        #expect(line.connection.isClosed)
        #expect(line.connection.nextDeadline == nil)
    }

    @Test func acceptedTurnsGoOnAfterTheLifetime() {
        let line = InMemoryConnection()
        line.advance(by: .seconds(3590))
        line.create("runs", lane: "a")
        line.create("waits", lane: "a")
        line.advance(by: .seconds(10))
        #expect(line.closeReason == nil)
        _ = line.take()
        line.create("too late", lane: "a")
        #expect(line.expectError("websocket_connection_limit_reached", lane: "a")?.string("error.message") == overText)
        line.answer(.say("1"))
        #expect(line.take(lane: "a").types.suffix(2) == beginning.suffix(2))
        line.holdsWrites = true
        line.answer(.say("2"))
        #expect(line.take().last?.type == "response.completed")
        #expect(line.closeReason == nil, "its last event was not written yet")
        line.confirmWrites()
        line.expectError("websocket_connection_limit_reached")
        #expect(line.closeReason == .lifetimeOver)
    }

    @Test func theGraceEnds() {
        let line = InMemoryConnection { $0.limits.turnsInFlightMax = 2 }
        line.holdsFetches = true
        line.advance(by: .seconds(3599))
        line.create("runs", lane: "a")
        line.create("asks", after: "resp_slow", lane: "b")
        line.create("waits", lane: "a")
        line.create("waits", lane: "c")
        line.advance(by: .seconds(1))
        #expect(line.connection.nextDeadline == line.now.uptime + .seconds(29), "the next heartbeat")
        line.advance(by: .seconds(299))
        #expect(line.closeReason == nil)
        _ = line.take()
        line.advance(by: .seconds(1))
        #expect(line.take(lane: "a").filter { $0.type != "response.in_progress" }.types == ["error", "response.failed"])
        #expect(line.take(lane: "b").types == ["error"])
        #expect(line.take(lane: "c").types == ["error"])
        line.expectError("websocket_connection_limit_reached")
        #expect(line.stopped.count == 2)
        #expect(line.closeReason == .lifetimeOver)
        line.answerFetches()
        line.send("{")
        line.create()
        #expect(line.take().isEmpty, "nothing comes after the end")
    }

    /// Some clients match the text, so it stays the official one.
    @Test(arguments: [60, 90, 7200]) func theLifetimeIsASetting(seconds: Int) {
        let line = InMemoryConnection { $0.limits.lifetime = .seconds(seconds) }
        line.advance(by: .seconds(seconds - 1))
        #expect(line.take().isEmpty)
        line.advance(by: .seconds(1))
        #expect(line.take().last?.string("error.message") == overText)
    }

    @Test func HTTPHasNoLifetime() throws {
        let line = InMemoryConnection { $0.transport = .json }
        try line.post(#"{"model":"list","input":"x"}"#)
        #expect(line.connection.nextDeadline == nil)
        line.advance(by: .seconds(10_000))
        line.answer(.say("ok"))
        #expect(line.finished.first?.object?["status"]?.stringValue == "completed")
    }

    // MARK: Shutdown

    @Test func anIdleConnectionClosesAtOnce() {
        let line = InMemoryConnection()
        line.shutDown(within: .seconds(25))
        #expect(line.closeReason == .shutdown)
        #expect(line.take().isEmpty)
    }

    @Test func runningTurnsFinishAndWaitingOnesAreRefused() {
        let line = InMemoryConnection()
        line.create("runs", lane: "a")
        line.create("waits", lane: "a")
        _ = line.take()
        line.shutDown(within: .seconds(25))
        line.expectError("server_is_overloaded", status: 503, lane: "a")
        line.create(lane: "b")
        line.expectError("server_is_overloaded", status: 503, lane: "b")
        #expect(line.closeReason == nil)
        line.answer(.say("ok"))
        #expect(line.take().last?.type == "response.completed")
        #expect(line.closeReason == .shutdown)
    }

    @Test func runningTurnsMeetTheDeadline() {
        let line = InMemoryConnection()
        line.create()
        line.give(.text("half"))
        line.shutDown(within: .seconds(25))
        #expect(line.connection.nextDeadline == line.now.uptime + .seconds(25))
        _ = line.take()
        line.advance(by: .seconds(25))
        let last = line.take().last
        #expect(last?.type == "response.failed")
        #expect(last?.string("response.error.code") == "server_is_overloaded")
        #expect(last?.string("response.output[0].content[0].text") == "half")
        #expect(line.stopped.count == 1)
        #expect(line.closeReason == .shutdown)
    }

    @Test func shutdownDuringTheGraceCloses() {
        let line = InMemoryConnection()
        line.advance(by: .seconds(3599))
        line.create()
        line.advance(by: .seconds(1))
        line.shutDown(within: .seconds(5))
        line.shutDown(within: .seconds(5))
        _ = line.take()
        line.advance(by: .seconds(5))
        #expect(line.take().types == ["response.failed"])
        #expect(line.closeReason == .shutdown)
    }

    // MARK: The client goes away

    @Test func disconnectingStopsEverything() {
        let process = InMemoryProcess()
        let line = InMemoryConnection(process) { $0.limits.turnsInFlightMax = 2 }
        line.complete("root", store: false)
        line.create(lane: "a")
        line.create(lane: "b")
        line.create(lane: "b")
        let work = line.works.first
        _ = line.take()
        line.disconnect()
        #expect(line.stopped.count == 2)
        #expect(line.connection.turnCount == 0)
        #expect(line.connection.isClosed)
        #expect(line.closeReason == nil, "there is nothing to close")
        line.give(.text("late"), to: work)
        line.end(nil, of: work)
        line.create()
        line.shutDown(within: .seconds(1))
        line.advance(by: .seconds(9000))
        line.disconnect()
        #expect(line.take().isEmpty)
        #expect(line.stopped.count == 2)
        #expect(process.memoryMeter.bytes == 0)
    }
}
