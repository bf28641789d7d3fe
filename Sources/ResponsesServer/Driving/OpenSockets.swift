import NIOCore
import Synchronization

/// The sockets of a server, from their handshake until TCP ended and no turn of theirs runs any more.
///
/// They are no tasks of the loop that accepts: a task that ends is looked for among all its siblings, so with thousands of idle
/// sockets every connection that came and went would cost some tenths of a millisecond.
final class OpenSockets: Sendable {
    private let drivers = Mutex<[ObjectIdentifier: ConnectionDriver]>([:])
    private let count = OpenCount()

    /// Holds a socket. Call once.
    func opened(_ driver: ConnectionDriver, on channel: any Channel) {
        count.opened()
        drivers.withLock { $0[ObjectIdentifier(driver)] = driver }
        channel.closeFuture.whenComplete { [self] _ in driver.whenDrained { self.left(driver) } }
    }

    private func left(_ driver: ConnectionDriver) {
        drivers.withLock { $0[ObjectIdentifier(driver)] = nil }
        count.closed()
    }

    /// Returns when there is none. A cancelled task ends them all, without patience; the closing handshake has its own limit.
    func allLeft() async {
        await withTaskCancellationHandler { await count.none() } onCancel: { end() }
    }

    /// Ends all of them at once.
    func end() {
        for driver in drivers.withLock({ Array($0.values) }) {
            driver.loop.execute { driver.shutDown(within: .zero) }
        }
    }
}
