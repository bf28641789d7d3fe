import NIOCore
import ResponsesAPI
import ResponsesCore
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// How long a client may take for its requests.
@Suite(.timeLimit(.minutes(1))) struct RequestTimeTests {
    // MARK: The clock

    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    private func at(_ seconds: Int64) -> NIODeadline { start + .seconds(seconds) }

    private func clock() -> RequestClock {
        var limits = Limits()
        limits.httpIdleTimeout = .seconds(100)
        limits.headTimeout = .seconds(10)
        limits.bodyGrace = .seconds(20)
        limits.bodyBytesPerSecondMin = 1_000
        limits.bodyTimeMax = .seconds(500)
        return RequestClock(limits, now: start)
    }

    @Test func silenceBetweenRequestsEnds() {
        var clock = clock()
        #expect(clock.overdue(at: at(99)) == nil)
        #expect(clock.overdue(at: at(100)) == .idle)
        clock.headCame(at: at(50))
        clock.requestEnded()
        // The client waits for the answer, however long it takes.
        #expect(clock.deadline == nil)
        clock.answered(at: at(1_000))
        #expect(clock.deadline == at(1_100))
        clock.touched(at: at(1_090))
        #expect(clock.deadline == at(1_190))
    }

    /// Counted from its first byte: a byte now and then does not help.
    @Test func aHeadMustBecomeWhole() {
        var clock = clock()
        for second in 40..<50 { clock.bytesCame(at: at(Int64(second))) }
        #expect(clock.overdue(at: at(49)) == nil)
        #expect(clock.overdue(at: at(50)) == .request)
    }

    @Test func aHeadThatBeganDuringAnAnswerCountsFromItsEnd() {
        var clock = clock()
        clock.headCame(at: at(0))
        clock.requestEnded()
        clock.bytesCame(at: at(1))
        #expect(clock.deadline == nil)
        clock.answered(at: at(60))
        #expect(clock.deadline == at(70))
    }

    @Test func aBodyMustKeepItsRate() {
        var clock = clock()
        clock.headCame(at: at(0))
        #expect(clock.deadline == at(20))
        clock.bodyCame(4_000)
        #expect(clock.deadline == at(24))
        #expect(clock.overdue(at: at(24)) == .request)
        clock.bodyCame(100_000)
        #expect(clock.deadline == at(124))
        // At no rate longer than this.
        clock.bodyCame(Int.max / 2)
        #expect(clock.deadline == at(500))
    }

    /// 10 MB over 1 Mbit/s, which stalls for a while in the beginning.
    @Test func anHonestSlowBodyHasTheTime() {
        var clock = clock()
        clock.headCame(at: at(0))
        for second in 15..<95 {
            #expect(clock.overdue(at: at(Int64(second))) == nil)
            clock.bodyCame(125_000)
        }
        #expect(clock.overdue(at: at(95)) == nil)
    }

    /// What this server does not read is not the client's slowness.
    @Test func timeInWhichNobodyReadsDoesNotCount() {
        var clock = clock()
        clock.headCame(at: at(0))
        clock.held(true, at: at(5))
        clock.held(true, at: at(50))
        #expect(clock.deadline == nil)
        clock.held(false, at: at(105))
        #expect(clock.deadline == at(120))
    }

    @Test func theNextBodyHasItsOwnTimeDuringAnAnswer() {
        var clock = clock()
        clock.headCame(at: at(0))
        clock.requestEnded()
        clock.headCame(at: at(10))
        clock.answered(at: at(20))
        #expect(clock.deadline == at(30))
        clock.requestEnded()
        #expect(clock.deadline == nil)
        clock.answered(at: at(40))
        #expect(clock.deadline == at(140))
    }

    // MARK: Sockets

    private func withServer(
        _ configure: @escaping (inout Limits) -> Void, _ body: @escaping (TestServer) async throws -> Void
    ) async throws {
        try await TestServer.with(ScriptedEngine(), configure: { configure(&$0.limits) }, body)
    }

    @Test func aSilentConnectionIsClosed() async throws {
        try await withServer({ $0.headTimeout = .milliseconds(50) }) { server in
            let wire = try await server.wire()
            #expect(await wire.readToEnd().isEmpty)
            await wire.close()
        }
    }

    @Test func anIdleConnectionIsClosed() async throws {
        try await withServer({ $0.httpIdleTimeout = .milliseconds(50) }) { server in
            let wire = try await server.wire()
            try await wire.request("GET", "/health")
            #expect(try await wire.response().status == 200)
            #expect(await wire.readToEnd().isEmpty)
            await wire.close()
        }
    }

    @Test(arguments: [true, false], ["GET /hea", "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: b"])
    func halfAHeadIsToldSo(isFirst: Bool, head: String) async throws {
        try await withServer({ $0.headTimeout = .seconds(1) }) { server in
            let wire = try await server.wire()
            if !isFirst {
                try await wire.request("GET", "/health")
                #expect(try await wire.response().status == 200)
            }
            try await wire.send(head)
            try await expectTimeout(wire)
        }
    }

    @Test(arguments: ["Content-Length: 1000\r\n\r\n", "Content-Length: 1000\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n5\r\n{", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n"])
    func halfABodyIsToldSo(rest: String) async throws {
        try await withServer({ $0.bodyGrace = .milliseconds(50) }) { server in
            let wire = try await server.wire()
            try await wire.send("POST /v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\n\(rest)")
            try await expectTimeout(wire)
        }
    }

    private func expectTimeout(_ wire: Wire) async throws {
        let answer = try await wire.response()
        #expect(answer.status == 408 && answer["connection"] == "close")
        #expect(try RawJSON(parsing: answer.body).string("error.code") == "request_timeout")
        #expect(await wire.readToEnd().isEmpty)
        await wire.close()
    }

    /// The answer that is being made is not at fault for the request behind it.
    @Test func aSlowBodyBehindATurnDoesNotEndIt() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine, configure: { $0.limits.bodyGrace = .milliseconds(50) }) { server in
            let wire = try await server.wire()
            let body = #"{"model":"m","input":"x"}"#
            try await wire.request("POST", "/v1/responses", body: body)
            try await wire.send("POST /v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n{")
            let generation = try await engine.next()
            // Time for the grace to pass, and for what it would do wrong.
            let later = try await server.wire()
            try await later.send("POST /v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n{")
            try await expectTimeout(later)
            generation.answer("hi")
            #expect(try await wire.response().status == 200)
            try await expectTimeout(wire)
        }
    }
}
