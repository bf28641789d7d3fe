import NIOCore
import ResponsesAPI
import ResponsesCore
import Synchronization

/// One response that runs without a listener: its connection with a single turn, its events, and what a client is shown of it.
final class BackgroundResponse: Sendable {
    private struct State {
        var id: ResponseID?
        var object: RawJSON?
        var isDropped = false
    }

    let owner: Owner
    let driver: ConnectionDriver
    let output: FeedOutput
    private let state = Mutex(State())
    /// Open while its events are brought into the log.
    private let keeping = OpenCount(1)

    init(owner: Owner, driver: ConnectionDriver, output: FeedOutput) {
        self.owner = owner
        self.driver = driver
        self.output = output
    }

    var feed: ResponseFeed { output.feed }
    /// Nil until the response is queued.
    var id: ResponseID? { state.withLock { $0.id } }
    /// The response object as it is now; nil before it is queued, and once it is over, when the store has it.
    var object: RawJSON? { feed.isOver ? nil : state.withLock { $0.object } }

    func show(_ object: RawJSON, as id: ResponseID) {
        state.withLock { state in
            state.id = id
            state.object = object
        }
    }

    /// Ends the response as cancelled, with what was made so far; it is stored by the time its feed is over.
    func cancel() { driver.loop.execute { self.driver.cancelTurns() } }

    /// Whether the response was deleted while it ran: its events are not to be kept.
    var isDropped: Bool { state.withLock { $0.isDropped } }

    /// Ends the response, which is to be deleted; returns when it is stored, and nothing of it is stored after that.
    func drop() async {
        state.withLock { $0.isDropped = true }
        cancel()
        await keeping.none()
    }

    /// Nothing is brought into the log any more.
    func eventsAreKept() { keeping.closed() }
}
