import ResponsesAPI
import ResponsesCore
import ResponsesStore

/// Brings the events of a response in the background into the log, behind the feed: what the feed then lets go is still there.
struct EventKeeper: Sendable {
    private let response: BackgroundResponse
    private let id: ResponseID
    private let services: ServerServices

    /// Events are brought when they are so many, or the last: each time is a commit.
    private static var bytesMin: Int { 32 << 10 }

    init(_ response: BackgroundResponse, _ id: ResponseID, _ services: ServerServices) {
        self.response = response
        self.id = id
        self.services = services
    }

    /// Returns when the response is over, and its events are where they are found later.
    func run() async {
        let (feed, owner) = (response.feed, response.owner)
        var last = -1
        var log = services.events
        wakes: for await _ in feed.wakes() {
            while true {
                if response.isDropped { log = nil }
                let slice: FeedSlice
                switch feed.read(after: last) {
                case .over: break wakes
                case .nothingYet: continue wakes
                case .forgotten:
                    // Cannot be, as only what was logged is forgotten.
                    log = nil
                    continue wakes
                case .events(let found): slice = found
                }
                guard let events = log else {
                    // They stay in the feed, which is kept for a while.
                    if feed.isOver { break wakes } else { continue wakes }
                }
                // What more events will join; the rest of a full slice goes as it is.
                if slice.json.count < Self.bytesMin, slice.end == feed.end, !feed.isOver { continue wakes }
                do throws(StoreError) {
                    try await events.append(EventSlice(first: slice.first, events: slice.events), of: id, owner: owner)
                    last = slice.end - 1
                    feed.logged(before: slice.end)
                    services.storedMemory.changed()
                } catch {
                    services.observer.log.storeFailed(error, response.driver.ids)
                    log = nil
                }
            }
        }
        if log == nil, !response.isDropped {
            services.replays.keep(feed, of: id, owner: owner, at: ConnectionDriver.now().uptime)
            services.storedMemory.changed()
        }
    }
}
