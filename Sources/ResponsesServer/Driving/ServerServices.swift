import ResponsesAPI
import ResponsesCore
import Synchronization

/// What every line of a server shares.
struct ServerServices: Sendable {
    let limits: Limits
    let engines: any EngineDirectory
    let store: MemoryStore
    let sealer: any ContentSealer
    let processMeter: MemoryMeter
    let reasoningEvents: ReasoningEvents
    let activity: Activity

    func connectionConfiguration() -> Connection.Configuration {
        var configuration = Connection.Configuration(
            engines: engines, meter: MemoryMeter(within: processMeter), processMeter: processMeter,
            makeResponseID: Self.makeResponseID)
        configuration.limits = limits
        configuration.sealer = sealer
        configuration.storeMeter = store.meter
        configuration.reasoningEvents = reasoningEvents
        return configuration
    }

    /// 128 random bits: an id is no secret, but it must not be guessed either.
    static func makeResponseID() -> ResponseID {
        var generator = SystemRandomNumberGenerator()
        return ResponseID("resp_" + hex(generator.next()) + hex(generator.next()))
    }

    private static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// Counts what runs, for `/health` and tests.
final class Activity: Sendable {
    private let generations = Atomic<Int>(0)
    private let sockets = Atomic<Int>(0)

    var generationCount: Int { generations.load(ordering: .relaxed) }
    var socketCount: Int { sockets.load(ordering: .relaxed) }

    func began() { generations.add(1, ordering: .relaxed) }
    func ended() { generations.subtract(1, ordering: .relaxed) }

    /// Counts a socket when fewer than `max` are open.
    func openedSocket(max: Int) -> Bool {
        let (old, _) = sockets.add(1, ordering: .relaxed)
        if old < max { return true }
        closedSocket()
        return false
    }

    func closedSocket() { sockets.subtract(1, ordering: .relaxed) }
}
