import NIOCore
import Synchronization

/// The sockets of a server, from their handshake until TCP ended and no turn of theirs runs any more.
///
/// They are no tasks of the loop that accepts: a task that ends is looked for among all its siblings, so with thousands of idle
/// sockets every connection that came and went would cost some tenths of a millisecond.
final class OpenSockets: Sendable {
    private struct State {
        var drivers: [ObjectIdentifier: ConnectionDriver] = [:]
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Holds a socket. Call once.
    func opened(_ driver: ConnectionDriver, on channel: any Channel) {
        state.withLock { $0.drivers[ObjectIdentifier(driver)] = driver }
        channel.closeFuture.whenComplete { [self] _ in driver.whenDrained { self.left(driver) } }
    }

    private func left(_ driver: ConnectionDriver) {
        let waiting = state.withLock { state in
            state.drivers[ObjectIdentifier(driver)] = nil
            guard state.drivers.isEmpty else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.resume() }
    }

    /// Returns when there is none. A cancelled task ends them all, without patience; the closing handshake has its own limit.
    func allLeft() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isEmpty = state.withLock { state in
                    if !state.drivers.isEmpty { state.waiting.append(continuation) }
                    return state.drivers.isEmpty
                }
                if isEmpty { continuation.resume() }
            }
        } onCancel: {
            end()
        }
    }

    /// Ends all of them at once.
    func end() {
        for driver in state.withLock({ Array($0.drivers.values) }) {
            driver.loop.execute { driver.shutDown(within: .zero) }
        }
    }
}
