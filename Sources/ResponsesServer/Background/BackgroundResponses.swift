import NIOCore
import ResponsesAPI
import ResponsesCore
import ResponsesStore
import Synchronization

/// The responses that run without a listener (responses-api 9), from their start until they are stored and their events are in the log.
final class BackgroundResponses: Sendable {
    private struct State {
        /// Those that began and those that may; and of each what has to end before it has left: its connection, and the keeping of its
        /// events.
        var all: [ObjectIdentifier: (response: BackgroundResponse, parts: Int)] = [:]
        var byID: [ResponseID: BackgroundResponse] = [:]
        var countOfOwners: [Owner: Int] = [:]
        var isShutDown = false
    }

    private let state = Mutex(State())
    private let count = OpenCount()
    private let limits: Limits

    init(_ limits: Limits) { self.limits = limits }

    /// The owner's response by this id, while it runs.
    func response(_ id: ResponseID, of owner: Owner) -> BackgroundResponse? {
        state.withLock { $0.byID[id] }.flatMap { $0.owner == owner && !$0.isDropped ? $0 : nil }
    }

    /// Starts a response on this loop.
    ///
    /// - Returns: when it is noted down: the response, and its object as it was queued.
    /// - Throws: why there is none.
    func start(
        _ request: ReadRequest, _ identity: ConnectionIdentity, _ services: ServerServices, on loop: any EventLoop
    ) async throws(APIError) -> (response: BackgroundResponse, queued: RawJSON) {
        loop.preconditionInEventLoop()
        let memory = HeldMemory(services.book, of: identity.owner, loop: loop)
        let driver = ConnectionDriver(.background, services: services, identity: identity, memory: memory, loop: loop)
        let held = Held()
        let output = FeedOutput(
            memory,
            onSnapshot: { [unowned self] object in
                guard let response = held.response, let id = object["id"]?.stringValue.map({ ResponseID($0) }) else { return }
                let isNew = response.id == nil
                response.show(object, as: id)
                if isNew { began(response, id, services) }
            },
            onEnd: { [unowned self] in
                // In a later tick, as the connection is not done with this step.
                loop.execute {
                    driver.disconnected()
                    driver.whenDrained {
                        memory.end()
                        if let response = held.response { self.left(response) }
                    }
                }
            })
        let response = BackgroundResponse(owner: identity.owner, driver: driver, output: output)
        held.response = response
        do throws(APIError) {
            try enter(response)
        } catch {
            driver.disconnected()
            memory.end()
            throw error
        }
        driver.attach(output)
        driver.opened()
        driver.received(request, for: .response)
        return (response, try await output.whenQueued())
    }

    /// What the closures of an output know of the response that it is part of. On its loop only.
    private final class Held: @unchecked Sendable {
        // Proof of `@unchecked Sendable`: set before the output is attached, and read by the output only, which its loop calls.
        weak var response: BackgroundResponse?
    }

    private func enter(_ response: BackgroundResponse) throws(APIError) {
        try state.withLock { (state) throws(APIError) in
            if state.isShutDown { throw .shuttingDown }
            let ofOwner = state.countOfOwners[response.owner] ?? 0
            guard state.all.count < limits.backgroundMax, ofOwner < limits.backgroundMaxOfOwner else {
                throw APIError(
                    status: 429, type: "rate_limit_error", code: .responseQueueFull,
                    message: "\(max(ofOwner, 1)) responses run in the background already. Send the turn again when one of them has ended.",
                    retryAfterSeconds: 5)
            }
            state.all[ObjectIdentifier(response)] = (response, 1)
            count.opened()
            state.countOfOwners[response.owner] = ofOwner + 1
        }
    }

    private func began(_ response: BackgroundResponse, _ id: ResponseID, _ services: ServerServices) {
        state.withLock { state in
            state.byID[id] = response
            state.all[ObjectIdentifier(response)]?.parts += 1
        }
        let keeper = EventKeeper(response, id, services)
        // It ends soon after the feed, which ends with its response; a shutdown waits for it (`allLeft`).
        Task { [self] in
            await keeper.run()
            response.eventsAreKept()
            left(response)
        }
    }

    private func left(_ response: BackgroundResponse) {
        let hasLeft = state.withLock { state in
            let key = ObjectIdentifier(response)
            state.all[key]?.parts -= 1
            guard state.all[key]?.parts == 0 else { return false }
            state.all[key] = nil
            if let id = response.id { state.byID[id] = nil }
            let rest = (state.countOfOwners[response.owner] ?? 1) - 1
            state.countOfOwners[response.owner] = rest == 0 ? nil : rest
            return true
        }
        if hasLeft { count.closed() }
    }

    // MARK: Shutdown

    /// Takes no more of them; those that run may go on for so long, and are stored as failed then.
    func shutDown(within grace: Duration) {
        let running = state.withLock { state in
            state.isShutDown = true
            return state.all.values.map(\.response)
        }
        for response in running { response.driver.loop.execute { response.driver.shutDown(within: grace) } }
    }

    /// Returns when there is none. A cancelled task ends them all, without patience.
    func allLeft() async {
        await withTaskCancellationHandler { await count.none() } onCancel: { shutDown(within: .zero) }
    }
}
