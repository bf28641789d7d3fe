import ResponsesCore
import Synchronization

/// Counts the open TCP connections, in all and by where they come from, and says which are too many. Shared by all loops.
final class ConnectionCounter: Sendable {
    /// Why a connection is refused. The raw value is its code in the log.
    enum Refusal: String, Sendable {
        case inAll = "too_many_tcp_connections"
        case ofAddress = "too_many_connections_of_address"
    }

    private struct State {
        var count = 0
        var refused = 0
        /// No more entries than connections.
        var byAddress: [RemoteAddress: Int] = [:]
    }

    /// Refused connections that are told why; the reserve has room for them. Others are closed at once.
    static let refusedMax = 16

    let connectionsMax: Int
    private let perAddressMax: Int
    private let state = Mutex(State())

    /// - Parameter descriptors: how many files the process may open.
    init(_ limits: Limits, descriptors: Int) {
        connectionsMax = Self.connectionsMax(limits.tcpConnectionsMax, descriptors: descriptors)
        perAddressMax = limits.connectionsPerAddressMax
    }

    /// As many as wanted, but a quarter of the descriptors is left to connections to engines, of which each connection of
    /// a client may need some, and forty at least to the loops, the log and other files.
    static func connectionsMax(_ wanted: Int, descriptors: Int) -> Int {
        max(1, min(wanted, descriptors - max(40, descriptors / 4)))
    }

    var count: Int { state.withLock { $0.count } }

    /// Counts a connection, unless it is one too many.
    func open(_ address: RemoteAddress) -> Refusal? {
        state.withLock { state in
            guard state.count < connectionsMax else { return .inAll }
            if address != .local {
                let count = state.byAddress[address, default: 0]
                guard count < perAddressMax else { return .ofAddress }
                state.byAddress[address] = count + 1
            }
            state.count += 1
            return nil
        }
    }

    /// A counted connection is closed.
    func close(_ address: RemoteAddress) {
        state.withLock { state in
            state.count -= 1
            guard let count = state.byAddress[address] else { return }
            state.byAddress[address] = count > 1 ? count - 1 : nil
        }
    }

    /// Counts a refused connection that is told so, unless too many are.
    func openRefused() -> Bool {
        state.withLock { state in
            guard state.refused < Self.refusedMax else { return false }
            state.refused += 1
            return true
        }
    }

    func closeRefused() { state.withLock { $0.refused -= 1 } }
}
