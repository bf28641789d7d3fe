import NIOCore
import NIOEmbedded
import ResponsesTesting
import Testing

@testable import ResponsesWebSocket

@Suite struct CloseHandshakeTests {
    @Test(arguments: [
        (closing(1000, "bye"), "close 1000", "closed 1000 bye"),
        (closing(3001), "close 3001", "closed 3001"),
        (rawFrame(8), "close -", "closed 1005"),
    ])
    func answersThePeersClose(frame: [UInt8], answer: String, told: String) throws {
        let loopback = try Loopback()
        loopback.socket.send(text: "before")
        try loopback.receive(frame + text("after"))
        #expect(loopback.delegate.heard == ["opened", told])
        loopback.socket.send(text: "late")
        loopback.tick()
        #expect(try loopback.sent() == ["text before", answer])
        // The server ends TCP.
        #expect(loopback.log.closes == [.all])
        #expect(!loopback.channel.isActive)
        #expect(loopback.delegate.heard == ["opened", told])
    }

    @Test func closesAndWaits() throws {
        let loopback = try Loopback()
        loopback.socket.send(text: "before")
        loopback.socket.close(code: .goingAway, reason: "lifetime")
        loopback.socket.close(code: .normal)
        loopback.socket.send(text: "after")
        loopback.tick()
        #expect(try loopback.sent() == ["text before", "close 1001 lifetime"])
        #expect(loopback.delegate.heard == ["opened"])
        #expect(loopback.channel.isActive)
        // No longer delivered, but pings still deserve an answer (RFC 6455 section 5.5.2).
        try loopback.receive(text("tail") + rawFrame(9, [1]))
        #expect(try loopback.sent() == ["pong 1"])
        try loopback.receive(closing(1001))
        loopback.tick()
        #expect(try loopback.sent() == [])
        #expect(loopback.delegate.heard == ["opened", "closed 1001"])
        #expect(!loopback.channel.isActive)
    }

    @Test func doesNotWaitForEver() throws {
        let loopback = try Loopback()
        loopback.socket.close(code: .goingAway)
        loopback.advance(.seconds(4))
        #expect(loopback.channel.isActive)
        loopback.advance(.seconds(1))
        #expect(loopback.delegate.heard == ["opened", "closed 1006"])
        #expect(!loopback.channel.isActive)
    }

    @Test func closesWhilePaused() throws {
        let loopback = try Loopback()
        loopback.socket.pauseReading()
        try loopback.receive(text("held") + closing(1000))
        loopback.socket.close(code: .goingAway)
        loopback.tick()
        #expect(loopback.delegate.heard == ["opened", "closed 1000"])
        #expect(!loopback.channel.isActive)
    }

    @Test func aClientLeavesTCPToTheServer() throws {
        let loopback = try Loopback(role: .client)
        try loopback.receive(rawFrame(8, [3, 0xE8], isMasked: false))
        loopback.tick()
        #expect(try loopback.sent() == ["close 1000"])
        #expect(loopback.delegate.heard == ["opened", "closed 1000"])
        #expect(loopback.channel.isActive)
        loopback.advance(.seconds(5))
        #expect(!loopback.channel.isActive)
    }

    @Test(arguments: [
        (rawFrame(3), "1002"), (rawFrame(1, isMasked: false), "1002"), (rawFrame(1, [0xFF]), "1007"),
        (rawFrame(2, claim: 65 << 20), "1009"),
    ])
    func explainsViolations(frame: [UInt8], code: String) throws {
        let loopback = try Loopback()
        try loopback.receive(text("a") + frame + text("b"))
        loopback.tick()
        let sent = try loopback.sent()
        #expect(sent.count == 1 && sent[0].hasPrefix("close \(code) "))
        #expect(loopback.delegate.heard.map { $0.prefix(11) } == ["opened", "text a", "closed \(code)"])
        // The peer may still be sending: TCP stays until it read why, and its bytes go nowhere.
        #expect(loopback.log.closes == [.output])
        try loopback.receive(.init(repeating: 0xFF, count: 1000))
        #expect(loopback.channel.isActive)
        loopback.advance(.seconds(5))
        #expect(loopback.log.closes == [.output, .all])
        #expect(loopback.delegate.heard.count == 3)
    }

    @Test func theDelegateMayRefuseBinary() throws {
        let loopback = try Loopback()
        loopback.delegate.onMessage = { $0.close(code: .unacceptableData, reason: "text only") }
        try loopback.receive(rawFrame(2, [1]) + rawFrame(2, [1]))
        #expect(try loopback.sent() == ["close 1003 text only"])
        #expect(loopback.delegate.heard == ["opened", "binary 1"])
    }

    @Test func tcpEndsWithoutAClose() throws {
        let loopback = try Loopback()
        try loopback.channel.close().wait()
        #expect(loopback.delegate.heard == ["opened", "closed 1006"])
    }

    @Test func thePeersHalfCloseIsAnEnd() throws {
        let loopback = try Loopback()
        loopback.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(loopback.delegate.heard == ["opened", "closed 1006"])
        #expect(!loopback.channel.isActive)
    }

    @Test func aCloseBeforeTheHalfCloseIsAnswered() throws {
        let loopback = try Loopback()
        // In one read, as the handler sees it.
        loopback.channel.pipeline.fireChannelRead(ByteBuffer(bytes: closing(1000)))
        loopback.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(try loopback.sent() == ["close 1000"])
        #expect(loopback.delegate.heard == ["opened", "closed 1000"])
        #expect(!loopback.channel.isActive)
    }

    @Test func anErrorBelowIsAnEnd() throws {
        let loopback = try Loopback()
        loopback.channel.pipeline.fireErrorCaught(IOError(errnoCode: 104, reason: "reset"))
        #expect(loopback.delegate.heard == ["opened", "closed 1006"])
        #expect(!loopback.channel.isActive)
    }

    @Test func abortTellsOnce() throws {
        let loopback = try Loopback()
        loopback.socket.abort()
        loopback.socket.abort()
        #expect(loopback.delegate.heard == ["opened", "closed 1006"])
        #expect(loopback.log.closes == [.all])
    }

    @Test func quiescesAt1001() throws {
        let loopback = try Loopback()
        loopback.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        loopback.tick()
        #expect(try loopback.sent() == ["close 1001 server is going down"])
    }

    @Test func quiescesWhenTheDelegateIsReady() throws {
        let loopback = try Loopback()
        loopback.delegate.onQuiesce = { _ in }
        loopback.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        loopback.socket.send(text: "last turn")
        loopback.tick()
        #expect(try loopback.sent() == ["text last turn"])
        #expect(loopback.channel.isActive)
    }

    /// Goal: whatever happens in whatever order, the delegate hears `opened` first, the end last and once, and no data
    /// frame follows our close frame.
    /// Method: draw actions of both sides and the clock from a seed; end TCP at last.
    @Test(arguments: UInt64(0)..<300)
    func endsExactlyOnce(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let loopback = try Loopback()
        var sent: [String] = []
        for _ in 0..<Int.random(in: 1...30, using: &random) {
            guard loopback.channel.isActive else { break }
            switch Int.random(in: 0..<13, using: &random) {
            case 0, 1: loopback.socket.send(text: "x")
            case 2: loopback.socket.close(code: .goingAway)
            case 3: try loopback.receive(closing(1000))
            case 4, 5: try loopback.receive(text("in"))
            case 6: try loopback.receive(rawFrame(9))
            case 7: loopback.advance(.seconds(Int64.random(in: 1...40, using: &random)))
            case 8: loopback.socket.pauseReading()
            case 9: loopback.socket.resumeReading()
            case 10: loopback.setWritable(Bool.random(using: &random))
            case 11: try loopback.receive(random.bytes(3))
            default: loopback.tick()
            }
            sent += try loopback.sent()
        }
        loopback.tick()
        sent += try loopback.sent()
        try? loopback.channel.close().wait()
        let heard = loopback.delegate.heard
        #expect(heard.first == "opened")
        #expect(heard.filter { $0.hasPrefix("closed") }.count == 1)
        #expect(heard.last?.hasPrefix("closed") == true)
        if let close = sent.firstIndex(where: { $0.hasPrefix("close") }) {
            #expect(!sent[close...].dropFirst().contains { !$0.hasPrefix("pong") })
        }
        #expect(!sent.contains { $0.hasPrefix("fail") })
    }
}
