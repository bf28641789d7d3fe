import AsyncHTTPClient
import NIOCore
import NIOPosix

/// One HTTP client per event loop.
///
/// AsyncHTTPClient keeps only connections that no request had pinned to a loop; one that was opened for a pinned
/// request is closed after it. A client whose group is a single loop needs no pinning: all its connections live there
/// and are kept.
struct LoopClients: Sendable {
    struct Place: Sendable {
        let loop: any EventLoop
        let client: HTTPClient
    }

    private let places: [Place]
    private let group: any EventLoopGroup

    init(_ group: any EventLoopGroup, _ configuration: HTTPClient.Configuration) {
        self.group = group
        places = group.makeIterator().map { loop in
            Place(loop: loop, client: HTTPClient(eventLoopGroupProvider: .shared(loop), configuration: configuration))
        }
        precondition(!places.isEmpty, "an event loop group has loops")
    }

    /// Where the caller runs, when it is on one of the group's loops; any place otherwise.
    var here: Place {
        if let current = MultiThreadedEventLoopGroup.currentEventLoop, let place = place(of: current) { return place }
        return place(of: group.any()) ?? places[0]
    }

    private func place(of loop: any EventLoop) -> Place? { places.first { $0.loop === loop } }

    /// - Throws: the first error, after all clients were closed.
    func shutdown() async throws {
        var problem: (any Error)?
        for place in places {
            do { try await place.client.shutdown() } catch { problem = problem ?? error }
        }
        if let problem { throw problem }
    }
}
