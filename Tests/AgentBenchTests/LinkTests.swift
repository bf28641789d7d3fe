import ResponsesTesting
import Testing

@testable import AgentBench

/// Every figure here can be calculated by hand from the windows 14.6, 29.2, 58.4, 116.8 kB.
struct LinkTests {
    private static func link(
        _ roundTrip: Duration = .milliseconds(40), bitsPerSecond: Double? = nil, openAt: Duration = .zero
    ) -> Link {
        Link(roundTrip: roundTrip, bitsPerSecond: bitsPerSecond, openAt: openAt)
    }

    /// When the last byte of a message arrives that is sent at once over a new connection.
    @Test(arguments: [
        (bytes: 1, arrives: 20),
        (bytes: 14_600, arrives: 20),  // the first window: ten segments
        (bytes: 14_601, arrives: 60),
        (bytes: 43_800, arrives: 60),  // 14.6 + 29.2 kB
        (bytes: 43_801, arrives: 100),
        (bytes: 102_200, arrives: 100),  // + 58.4
        (bytes: 128_000, arrives: 140),  // three round trips more than half of one
        (bytes: 219_000, arrives: 140),  // + 116.8
        (bytes: 219_001, arrives: 180),
    ])
    func slowStartDoublesTheWindowInEachRoundTrip(bytes: Int, arrives: Int) {
        var link = Self.link()
        let arrivals = link.send(bytes, at: .zero)
        #expect(arrivals.last?.at == .milliseconds(arrives))
        #expect(arrivals.reduce(0) { $0 + $1.bytes } == bytes)
    }

    @Test func piecesArriveRoundTripByRoundTrip() {
        var link = Self.link()
        #expect(
            link.send(128_000, at: .zero) == [
                Link.Arrival(bytes: 14_600, at: .milliseconds(20)),
                Link.Arrival(bytes: 29_200, at: .milliseconds(60)),
                Link.Arrival(bytes: 58_400, at: .milliseconds(100)),
                Link.Arrival(bytes: 25_800, at: .milliseconds(140)),
            ])
    }

    @Test func aMessageSentInManyWritesTakesAsLongAsOne() {
        var one = Self.link()
        var many = Self.link()
        let last = one.send(128_000, at: .zero).last?.at
        var lastOfMany: Duration?
        for _ in 0..<125 { lastOfMany = many.send(1024, at: .zero).last?.at }
        #expect(lastOfMany == last)
    }

    /// 110 kB, begun some time after the last byte of 128 kB left; those opened the window to 116.8 kB.
    @Test(arguments: [
        (pause: 100, extraRoundTrips: 0),  // all of it at once
        (pause: 240, extraRoundTrips: 0),  // the time-out: 40 and 200 ms
        (pause: 260, extraRoundTrips: 1),  // halved once
        (pause: 490, extraRoundTrips: 2),  // halved twice
        (pause: 5_000, extraRoundTrips: 3),  // back at ten segments, as on a new connection
    ])
    func silenceShrinksTheWindow(pause: Int, extraRoundTrips: Int) throws {
        var link = Self.link()
        let lastDeparture = try #require(link.send(128_000, at: .zero).last).at - .milliseconds(20)
        let start = lastDeparture + .milliseconds(pause)
        let arrives = try #require(link.send(110_000, at: start).last).at
        #expect(arrives - start == .milliseconds(20 + 40 * extraRoundTrips))
    }

    @Test func smallMessagesDoNotGrowTheWindow() {
        var link = Self.link()
        for turn in 0..<50 { _ = link.send(1_000, at: .milliseconds(100 * turn)) }
        #expect(link.window == Link.firstWindow)
    }

    @Test(arguments: [
        (bytes: 1_000, bits: 8e6, arrives: 21.0),  // 1 kB at 1 MB/s
        (bytes: 10_000, bits: 8e6, arrives: 30.0),
        (bytes: 10_000, bits: 80e6, arrives: 21.0),
    ])
    func bytesTakeTheTimeTheLineNeeds(bytes: Int, bits: Double, arrives: Double) throws {
        var link = Self.link(bitsPerSecond: bits)
        #expect(abs(try #require(link.send(bytes, at: .zero).last).at.milliseconds - arrives) < 0.001)
    }

    @Test func bytesQueueBehindEachOther() throws {
        var link = Self.link(bitsPerSecond: 8e6)
        let first = try #require(link.send(5_000, at: .zero).last).at.milliseconds
        let second = try #require(link.send(5_000, at: .milliseconds(1)).last).at.milliseconds
        #expect(abs(first - 25) < 0.001)
        #expect(abs(second - 30) < 0.001)
    }

    /// Once the window is wide enough, only the rate counts: 1 MB at 1 MB/s.
    @Test func aSlowLineIsFullWhateverTheWindow() throws {
        var link = Self.link(bitsPerSecond: 8e6)
        let arrives = try #require(link.send(1_000_000, at: .zero).last).at.milliseconds
        #expect(arrives > 1_020)
        // Slow start leaves it idle for less than two round trips.
        #expect(arrives < 1_020 + 80)
    }

    @Test func nothingLeavesBeforeTheHandshake() {
        var link = Self.link(openAt: .milliseconds(40))
        #expect(link.send(100, at: .milliseconds(3)) == [Link.Arrival(bytes: 100, at: .milliseconds(60))])
        #expect(link.send(100, at: .milliseconds(50)) == [Link.Arrival(bytes: 100, at: .milliseconds(70))])
    }

    @Test func nothingOvertakes() throws {
        var link = Self.link(bitsPerSecond: 5e6)
        var generator = SplitMix64(seed: 7)
        var now = Duration.zero
        var newest = Duration.zero
        for _ in 0..<2_000 {
            now += .microseconds(Int64(generator.next() % 20_000))
            for arrival in link.send(Int(generator.next() % 60_000) + 1, at: now) {
                #expect(arrival.at >= newest)
                #expect(arrival.at >= now + .milliseconds(20))
                newest = arrival.at
            }
        }
    }

    @Test func withoutDelayEverythingIsThereAtOnce() {
        var link = Self.link(.zero)
        #expect(link.send(10_000_000, at: .seconds(1)) == [Link.Arrival(bytes: 10_000_000, at: .seconds(1))])
    }
}
