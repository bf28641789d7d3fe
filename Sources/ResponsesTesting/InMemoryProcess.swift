import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import Synchronization

/// What the connections of one process share, in memory: the store, the ids, the engines.
public final class InMemoryProcess {
    /// Stored responses by owner.
    public private(set) var stored: [String: [ResponseID: ChainNode]] = [:]
    public let memoryMeter = MemoryMeter()
    public let storeMeter = MemoryMeter()
    let engines: any EngineDirectory
    private let ids = ResponseIDs()

    public init(engines: any EngineDirectory = ListDirectory()) { self.engines = engines }

    /// Forgets every stored response.
    public func emptyStore() { stored = [:] }

    func store(_ node: ChainNode, for owner: String) { stored[owner, default: [:]][node.id] = node }

    var makeResponseID: @Sendable () -> ResponseID {
        let ids = ids
        return { ids.next() }
    }

    /// `resp_1`, `resp_2`, …: readable in tests, and never given twice.
    private final class ResponseIDs: Sendable {
        private let last = Atomic<Int>(0)
        func next() -> ResponseID { ResponseID("resp_\(last.wrappingAdd(1, ordering: .relaxed).newValue)") }
    }
}
