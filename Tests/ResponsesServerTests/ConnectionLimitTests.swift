import LibC
import NIOCore
import NIOEmbedded
import ResponsesAPI
import ResponsesCore
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// How many connections there may be, and what becomes of those beyond.
@Suite(.timeLimit(.minutes(1))) struct ConnectionLimitTests {
    @Test func asManyAsItTakes() async throws {
        let log = LogRecorder()
        try await TestServer.with(ScriptedEngine(), logger: log.logger, configure: { $0.limits.tcpConnectionsMax = 2 }) { server in
            let first = try await server.wire(), second = try await server.wire()
            for wire in [first, second] {
                try await wire.request("GET", "/health")
                #expect(try await wire.response().status == 200)
            }
            // Told before it asks, and all of them.
            for _ in 0..<3 {
                let third = try await server.wire()
                let answer = try await third.response()
                #expect(answer.status == 503 && answer["connection"] == "close" && answer["retry-after"] == "5")
                #expect(try RawJSON(parsing: answer.body).string("error.code") == "server_is_overloaded")
                #expect(await third.readToEnd().isEmpty)
                await third.close()
            }
            // A place that was left is free.
            await first.close()
            while true {
                let wire = try await server.wire()
                try? await wire.request("GET", "/health")
                let status = try? await wire.response().status
                await wire.close()
                if status == 200 { break }
            }
            await second.close()
        }
        let lines = log.lines.filter { $0.contains("too_many_tcp_connections") }
        #expect(lines.first?.hasPrefix("warning request refused by a limit") == true)
        // The first at once, the others once a minute and at the end.
        #expect((1...2).contains(lines.count))
    }

    /// Sockets leave places to HTTP.
    @Test func socketsDoNotTakeAllPlaces() async throws {
        try await TestServer.with(ScriptedEngine(), configure: { $0.limits.tcpConnectionsMax = 16 }) { server in
            var sockets: [Socket] = []
            for _ in 0..<15 { sockets.append(try await server.socket()) }
            let refused = await #expect(throws: Socket.Refused.self) { try await server.socket() }
            #expect(refused?.response.status == 503)
            #expect(refused?.response["x-request-id"] != nil)
            for socket in sockets { await socket.close() }
        }
    }

    @Test(arguments: [
        (12_000, 20_000, 12_000), (12_000, 1_024, 768), (12_000, 64, 24), (10, 1_024, 10), (12_000, 41, 1), (12_000, 8, 1),
        (Int.max, Int(Int32.max), 1_610_612_736),
    ])
    func staysBelowTheDescriptors(wanted: Int, descriptors: Int, most: Int) {
        #expect(ConnectionCounter.connectionsMax(wanted, descriptors: descriptors) == most)
    }

    @Test func anAddressHasItsShare() {
        var limits = Limits()
        limits.tcpConnectionsMax = 5
        limits.connectionsPerAddressMax = 2
        let counter = ConnectionCounter(limits, descriptors: 1_000)
        let one = RemoteAddress.v4(1), other = RemoteAddress.v6(1)
        #expect(counter.open(one) == nil)
        #expect(counter.open(one) == nil)
        #expect(counter.open(one) == .ofAddress)
        #expect(counter.open(other) == nil)
        #expect(counter.open(.local) == nil)
        #expect(counter.open(.local) == nil)
        #expect(counter.open(.local) == .inAll)
        #expect(counter.count == 5)
        counter.close(.local)
        #expect(counter.open(one) == .ofAddress)
        counter.close(one)
        #expect(counter.open(one) == nil)
        for address in [one, one, other, .local] { counter.close(address) }
        #expect(counter.count == 0)
    }

    @Test(arguments: [
        ([127, 0, 0, 1], .local), ([127, 9, 9, 9], .local), ([10, 0, 0, 1], .v4(0x0A00_0001)), ([0, 0, 0, 0], .v4(0)),
        (v6([0, 0, 0, 1]), .local), (v6([0, 0, 0, 2]), .v6(0)), (v6([0, 0, 0xFFFF, 0x7F00_0001]), .local),
        (v6([0, 0, 0xFFFF, 0x0A00_0001]), .v4(0x0A00_0001)), (v6([0x2001_0DB8, 5, 6, 7]), .v6(0x2001_0DB8_0000_0005)),
        (v6([0x2001_0DB8, 5, 8, 9]), .v6(0x2001_0DB8_0000_0005)), (v6([0, 1, 0, 1]), .v6(1)), ([1, 2], .local),
    ] as [([UInt8], RemoteAddress)])
    func addressesAreParties(bytes: [UInt8], address: RemoteAddress) { #expect(RemoteAddress(bytes) == address) }

    private static func v6(_ words: [UInt32]) -> [UInt8] {
        words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) } }
    }

    // MARK: Accepting

    /// Stands in for NIO's listening socket, which tries again as long as it reads by itself.
    @Test(arguments: [EMFILE, ENFILE, ENOBUFS, ENOMEM])
    func acceptingRestsAfterAFailure(code: CInt) throws {
        let channel = EmbeddedChannel()
        var pauses = 0
        try channel.pipeline.syncOperations.addHandler(AcceptPause(.seconds(1)) { pauses += 1 })
        func reads() -> Bool { channel.options.last { $0.option is ChannelOptions.Types.AutoReadOption }?.value as? Bool ?? true }
        for round in 1...2 {
            for _ in 0..<3 { channel.pipeline.fireErrorCaught(IOError(errnoCode: code, reason: "accept")) }
            #expect(pauses == round)
            #expect(!reads())
            channel.embeddedEventLoop.advanceTime(by: .milliseconds(999))
            #expect(!reads())
            channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
            #expect(reads())
        }
        // None of them goes on to whoever takes the connections, and would end the listening.
        try channel.throwIfErrorCaught()
        channel.pipeline.fireErrorCaught(IOError(errnoCode: ECONNABORTED, reason: "accept"))
        try channel.throwIfErrorCaught()
        #expect(reads())
        channel.pipeline.fireErrorCaught(IOError(errnoCode: EBADF, reason: "accept"))
        #expect(throws: IOError.self) { try channel.throwIfErrorCaught() }
    }
}
