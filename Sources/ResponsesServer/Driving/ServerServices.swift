import ResponsesAPI
import ResponsesCore
import ResponsesEngine

/// What every connection of a server shares.
struct ServerServices: Sendable {
    let limits: Limits
    let engines: any EngineDirectory
    let store: MemoryStore
    let sealer: any ContentSealer
    let processMeter: MemoryMeter
    let reasoningEvents: ReasoningEvents
    let activity: Activity
    let observer: ServerObserver

    func connectionConfiguration(owner: Owner) -> Connection.Configuration {
        var configuration = Connection.Configuration(
            owner: owner, meter: MemoryMeter(within: processMeter), processMeter: processMeter,
            makeResponseID: Self.makeResponseID)
        configuration.limits = limits
        configuration.sealer = sealer
        configuration.storeMeter = store.meter
        configuration.reasoningEvents = reasoningEvents
        return configuration
    }

    /// 128 random bits: an id is not a secret, but nobody should be able to guess one.
    static func makeResponseID() -> ResponseID {
        var generator = SystemRandomNumberGenerator()
        return ResponseID("resp_" + hex(generator.next()) + hex(generator.next()))
    }

    private static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
