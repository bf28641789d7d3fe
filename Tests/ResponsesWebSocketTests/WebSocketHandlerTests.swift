import NIOCore
import NIOEmbedded
import Testing

@testable import ResponsesWebSocket

@Suite struct WebSocketHandlerTests {
    @Test func deliversMessages() throws {
        let loopback = try Loopback()
        try loopback.receive(text("a") + rawFrame(2, [1, 2]) + text("b", isFinal: false))
        try loopback.receive(more("c"))
        #expect(loopback.delegate.heard == ["opened", "text a", "binary 2", "text bc"])
        #expect(try loopback.sent() == [])
    }

    @Test func opensWhenTheChannelDoes() throws {
        let delegate = RecordingDelegate()
        let channel = EmbeddedChannel(handler: WebSocketHandler(role: .server, delegate: delegate))
        #expect(delegate.heard == [])
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        #expect(delegate.heard == ["opened"])
        _ = try channel.finish()
        #expect(delegate.heard == ["opened", "closed 1006"])
    }

    @Test func neverOpenedIsNeverClosed() throws {
        let delegate = RecordingDelegate()
        let channel = EmbeddedChannel(handler: WebSocketHandler(role: .server, delegate: delegate))
        _ = try channel.finish(acceptAlreadyClosed: true)
        #expect(delegate.heard == [])
    }

    // MARK: One flush per tick

    @Test func whatTasksWakeInATickLeavesWithIt() throws {
        let loopback = try Loopback()
        loopback.socket.send(text: "delta")
        // As the end of a turn follows its last delta: a task of this tick sets off another.
        let loop = loopback.channel.eventLoop.assumeIsolated()
        loop.execute { loop.execute { loopback.socket.send(text: "end") } }
        loopback.tick()
        #expect(loopback.log.flushes == 1)
        #expect(try loopback.sent() == ["text delta", "text end"])
    }

    @Test func gathersTheFramesOfATick() throws {
        let loopback = try Loopback()
        for number in 0..<10 { loopback.socket.send(text: "\(number)") }
        Array("abcdef".utf8).withUnsafeBytes { loopback.socket.sendText(batch: $0, ends: [2, 3, 6]) }
        loopback.socket.sendBinary(UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(loopback.log.flushes == 0)
        #expect(loopback.socket.pendingBytes > 0)
        loopback.tick()
        #expect(loopback.log.flushes == 1)
        #expect(try loopback.sent() == (0..<10).map { "text \($0)" } + ["text ab", "text c", "text def", "binary 0"])
        #expect(loopback.socket.pendingBytes == 0)
        loopback.tick()
        #expect(loopback.log.flushes == 1)
    }

    @Test func answersLeaveWithTheRead() throws {
        let loopback = try Loopback()
        loopback.delegate.onMessage = { $0.send(text: "answer") }
        try loopback.receive(text("a") + text("b") + rawFrame(9, [1]))
        loopback.tick()
        #expect(loopback.log.flushes == 1)
        #expect(try loopback.sent() == ["text answer", "text answer", "pong 1"])
    }

    @Test func keepsPromisesInOrder() throws {
        let loopback = try Loopback()
        let promise = loopback.channel.eventLoop.makePromise(of: Void.self)
        loopback.socket.send(text: "a", promise: promise)
        loopback.tick()
        try promise.futureResult.wait()

        let lost = loopback.channel.eventLoop.makePromise(of: Void.self)
        loopback.socket.send(text: "b", promise: lost)
        try loopback.channel.close().wait()
        #expect(throws: ChannelError.self) { try lost.futureResult.wait() }
        let late = loopback.channel.eventLoop.makePromise(of: Void.self)
        loopback.socket.send(text: "c", promise: late)
        #expect(throws: ChannelError.self) { try late.futureResult.wait() }
    }

    @Test func masksAsClient() throws {
        let loopback = try Loopback(role: .client)
        loopback.socket.send(text: "a")
        Array("bc".utf8).withUnsafeBytes { loopback.socket.sendText(batch: $0, ends: [1, 2]) }
        loopback.socket.ping([1, 2, 3])
        loopback.socket.close(code: .normal, reason: "done")
        loopback.tick()
        // The peer's reader is a server's: it refuses frames without a mask.
        #expect(try loopback.sent() == ["text a", "text b", "text c", "ping 3", "close 1000 done"])
        try loopback.receive(rawFrame(1, [0x61], isMasked: false))
        #expect(loopback.delegate.heard == ["opened"])
    }

    // MARK: Pings

    @Test func answersPingsWhileBusy() throws {
        let loopback = try Loopback()
        try loopback.receive(text("a", isFinal: false) + rawFrame(9, [1, 2]) + more("b", isFinal: false))
        #expect(try loopback.sent() == ["pong 2"])
        // All of a modest number, in order.
        try loopback.receive(Array((1...10).flatMap { rawFrame(9, .init(repeating: 0, count: $0)) }))
        #expect(try loopback.sent() == (1...10).map { "pong \($0)" })
    }

    @Test func aFloodOfPingsDoesNotPileUp() throws {
        let loopback = try Loopback()
        let flood = Array((0..<1000).flatMap { rawFrame(9, .init(repeating: 0, count: $0 % 100)) }) + rawFrame(9, [1, 2, 3])
        try loopback.receive(flood)
        loopback.tick()
        let pongs = try loopback.sent()
        #expect(pongs.count == loopback.socket.limits.pongsPerTickMax + 1)
        #expect(pongs.last == "pong 3")

        // A peer that does not read gets one, the newest, when it does.
        loopback.setWritable(false)
        try loopback.receive(flood + rawFrame(9, [1, 2, 3, 4]))
        loopback.tick()
        #expect(loopback.socket.pendingBytes == 0)
        #expect(try loopback.sent() == [])
        loopback.setWritable(true)
        #expect(try loopback.sent() == ["pong 4"])
    }

    // MARK: Back-pressure

    @Test func tellsWritability() throws {
        let loopback = try Loopback()
        #expect(loopback.socket.isWritable)
        loopback.setWritable(false)
        #expect(!loopback.socket.isWritable)
        loopback.setWritable(false)
        loopback.setWritable(true)
        #expect(loopback.delegate.heard == ["opened", "writable false", "writable true"])
    }

    @Test func aFullTickStopsItsSender() throws {
        var limits = WebSocketLimits()
        limits.tickBytesMax = 100
        let loopback = try Loopback(limits: limits)
        var count = 0
        while loopback.socket.isWritable {
            loopback.socket.send(text: String(repeating: "x", count: 40))
            count += 1
        }
        #expect(count == 3)
        loopback.tick()
        #expect(loopback.delegate.heard == ["opened", "writable true"])
        #expect(try loopback.sent().count == 3)
    }

    @Test func dropsASenderThatNeverStops() throws {
        var limits = WebSocketLimits()
        limits.pendingBytesMax = 1000
        let loopback = try Loopback(limits: limits)
        for _ in 0..<100 { loopback.socket.send(text: String(repeating: "x", count: 100)) }
        #expect(loopback.socket.pendingBytes <= 1102)
        // Not from inside the send.
        #expect(loopback.delegate.heard == ["opened"])
        loopback.tick()
        #expect(loopback.delegate.heard == ["opened", "closed 1006"])
        #expect(!loopback.channel.isActive)
    }

    @Test func pausesReading() throws {
        let loopback = try Loopback()
        loopback.delegate.onMessage = { $0.pauseReading() }
        let reads = loopback.log.reads
        try loopback.receive(text("a") + text("b") + Array(text("c").prefix(3)))
        try loopback.receive(Array(text("c").dropFirst(3)))
        loopback.channel.read()
        #expect(loopback.delegate.heard == ["opened", "text a"])
        #expect(loopback.log.reads == reads)
        loopback.socket.resumeReading()
        #expect(loopback.delegate.heard == ["opened", "text a"])
        loopback.tick()
        // It paused again.
        #expect(loopback.delegate.heard == ["opened", "text a", "text b"])
        #expect(loopback.log.reads == reads)
        loopback.delegate.onMessage = { _ in }
        loopback.socket.resumeReading()
        loopback.tick()
        #expect(loopback.delegate.heard == ["opened", "text a", "text b", "text c"])
        #expect(loopback.log.reads == reads + 1)
    }

    /// One socket's many messages leave the loop to others in between; nothing is lost, and nothing more is read meanwhile.
    @Test func restsBetweenManyMessages() throws {
        let loopback = try Loopback()
        let reads = loopback.log.reads
        try loopback.receive((0..<40).flatMap { text("\($0)") } + Array(text("last").prefix(3)))
        #expect(loopback.delegate.heard.count == 1 + 16)
        loopback.channel.read()
        loopback.tick()
        #expect(loopback.delegate.heard.count == 1 + 16 && loopback.log.reads == reads)
        loopback.advance(.microseconds(100))
        #expect(loopback.delegate.heard.count == 1 + 32)
        loopback.advance(.microseconds(100))
        #expect(loopback.log.reads == reads + 1)
        try loopback.receive(Array(text("last").dropFirst(3)))
        #expect(loopback.delegate.heard == ["opened"] + (0..<40).map { "text \($0)" } + ["text last"])
    }

    /// A client has one server, which sends a turn's events as they come.
    @Test func aClientDoesNotRest() throws {
        let loopback = try Loopback(role: .client)
        try loopback.receive((0..<40).flatMap { rawFrame(1, Array("\($0)".utf8), isMasked: false) })
        #expect(loopback.delegate.heard.count == 1 + 40)
    }

    // MARK: Keepalive

    @Test func pingsAndDropsTheSilent() throws {
        let loopback = try Loopback()
        loopback.advance(.seconds(29))
        #expect(try loopback.sent() == [])
        loopback.advance(.seconds(1))
        #expect(try loopback.sent() == ["ping 0"])
        try loopback.receive(rawFrame(10))
        // 60 s after the pong; a ping each 30.
        loopback.advance(.seconds(59))
        #expect(try loopback.sent() == ["ping 0"])
        #expect(loopback.delegate.heard == ["opened"])
        loopback.advance(.seconds(1))
        #expect(loopback.delegate.heard == ["opened", "closed 1006"])
        #expect(!loopback.channel.isActive)
    }

    @Test func anyByteIsASignOfLife() throws {
        let loopback = try Loopback()
        let bytes = rawFrame(2, .init(repeating: 0, count: 20))
        for byte in bytes {
            loopback.advance(.seconds(50))
            try loopback.receive([byte])
        }
        #expect(loopback.delegate.heard == ["opened", "binary 20"])
    }

    @Test func silenceWhilePausedIsOurs() throws {
        let loopback = try Loopback()
        loopback.socket.pauseReading()
        loopback.advance(.hours(1))
        loopback.socket.resumeReading()
        loopback.advance(.seconds(59))
        #expect(loopback.delegate.heard == ["opened"])
    }

    /// It gets its ping when it has taken what is before it, and has its time from then on.
    @Test func aPingWaitsBehindWhatIsNotTaken() throws {
        var limits = WebSocketLimits()
        limits.writeStallMax = .seconds(300)
        let loopback = try Loopback(limits: limits)
        loopback.setWritable(false)
        loopback.log.holdsFlushes = true
        loopback.socket.send(text: "large")
        loopback.tick()
        // A second ping would say no more than the first.
        loopback.advance(.seconds(299))
        #expect(loopback.socket.isOpen)
        loopback.log.holdsFlushes = false
        loopback.channel.flush()
        loopback.setWritable(true)
        #expect(try loopback.sent() == ["text large", "ping 0"])
        // A ping each 30 s, and 60 s from when the first could be answered.
        loopback.advance(.seconds(59))
        #expect(loopback.socket.isOpen)
        loopback.advance(.seconds(1))
        #expect(loopback.delegate.heard == ["opened", "writable false", "writable true", "closed 1006"])
    }

    @Test func keepaliveCanBeOff() throws {
        var limits = WebSocketLimits()
        limits.pingInterval = nil
        let loopback = try Loopback(limits: limits)
        loopback.advance(.hours(10))
        #expect(try loopback.sent() == [])
        #expect(loopback.delegate.heard == ["opened"])
    }
}
