import NIOCore
import Testing

@testable import ResponsesWebSocket

/// Signs of life, and how long their absence is borne.
@Suite struct KeepaliveTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    private func at(_ seconds: Int64) -> NIODeadline { start + .seconds(seconds) }

    private func keepalive() throws -> Keepalive {
        var limits = WebSocketLimits()
        limits.writeStallMax = .seconds(300)
        return try #require(Keepalive(limits, now: start))
    }

    /// Looks when it says so, and says what it did.
    private func run(
        _ keepalive: inout Keepalive, from first: Int64 = 0, to last: Int64, taken: (Int64) -> Int = { _ in 0 }
    ) -> [String] {
        var done: [String] = []
        var now = first
        while true {
            now = max(now, Int64(keepalive.wakeUpTime.uptimeNanoseconds / 1_000_000_000) - 1_000)
            guard now <= last else { return done }
            keepalive.looked(taken: taken(now), now: at(now))
            switch keepalive.wakeUp(now: at(now)) {
            case .wait: break
            case .ping: done.append("ping \(now)")
            case .drop: return done + ["drop \(now)"]
            }
        }
    }

    @Test func silenceEnds() throws {
        var keepalive = try keepalive()
        #expect(run(&keepalive, to: 1_000) == ["ping 30", "drop 60"])
    }

    /// The kernel of a peer that hangs takes pings, too.
    @Test func takingPingsIsNoSignOfLife() throws {
        var keepalive = try keepalive()
        #expect(run(&keepalive, to: 1_000, taken: { Int($0) / 30 * 6 }) == ["ping 30", "drop 60"])
    }

    /// 10 kB a second, of megabytes that wait in the kernel.
    @Test func whoTakesBytesLives() throws {
        var keepalive = try keepalive()
        let done = run(&keepalive, to: 600, taken: { Int($0) * 10_000 })
        #expect(done == (1...20).map { "ping \($0 * 30)" })
        // From the last look at which something was taken.
        #expect(run(&keepalive, from: 600, to: 1_000, taken: { _ in 6_000_000 }).last == "drop 660")
    }

    @Test func aPingThatWaitsCannotBeAnswered() throws {
        var keepalive = try keepalive()
        #expect(run(&keepalive, to: 30) == ["ping 30"])
        keepalive.pingWaits()
        #expect(run(&keepalive, from: 31, to: 299) == [])
        var stalled = keepalive
        #expect(run(&stalled, from: 299, to: 1_000) == ["drop 300"])
        keepalive.pingWritten(now: at(250))
        #expect(run(&keepalive, from: 300, to: 1_000) == ["ping 300", "drop 310"])
    }

    @Test func aPingThatDidNotWaitChangesNothing() throws {
        var keepalive = try keepalive()
        #expect(run(&keepalive, to: 30) == ["ping 30"])
        keepalive.pingWritten(now: at(45))
        #expect(run(&keepalive, from: 31, to: 1_000) == ["drop 60"])
    }
}
