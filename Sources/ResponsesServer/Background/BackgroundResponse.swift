import NIOCore
import ResponsesAPI
import ResponsesCore
import ResponsesStore
import Synchronization

/// One response that runs without a listener: its connection with a single turn, its events, and what a client is shown of it.
final class BackgroundResponse: Sendable {
    let owner: Owner
    let driver: ConnectionDriver
    let output: FeedOutput
    private let shown: Mutex<(id: ResponseID, object: RawJSON)?>

    init(
        owner: Owner, driver: ConnectionDriver, output: FeedOutput, shown: consuming Mutex<(id: ResponseID, object: RawJSON)?> = Mutex(nil)
    ) {
        self.owner = owner
        self.driver = driver
        self.output = output
        self.shown = shown
    }

    var feed: ResponseFeed { output.feed }
    /// Nil until the response is queued.
    var id: ResponseID? { shown.withLock { $0?.id } }
    /// The response object as it is now; nil until it is queued.
    var object: RawJSON? { shown.withLock { $0?.object } }

    func show(_ object: RawJSON, as id: ResponseID) { shown.withLock { $0 = (id, object) } }

    /// Ends the response as cancelled, with what was made so far; it is stored by the time its feed is over.
    func cancel() { driver.loop.execute { self.driver.cancelTurns() } }
}
