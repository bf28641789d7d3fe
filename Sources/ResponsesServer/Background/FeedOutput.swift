import ResponsesAPI
import ResponsesCore

/// Where the events of a response in the background go. Lives on its connection's event loop.
final class FeedOutput: ConnectionOutput, @unchecked Sendable {
    // Proof of `@unchecked Sendable`: all state is touched on the loop of the response's driver only; `feed` is Sendable.

    let feed = ResponseFeed()
    /// What `POST /responses` answers once the response is noted down, or why there will be none.
    private var answer: Result<RawJSON, APIError>?
    private var queued: RawJSON?
    private var wait = OneWait()
    /// The object of the newest event that has one: what a client is shown that asks how it goes.
    private let onSnapshot: @Sendable (RawJSON) -> Void
    private let onEnd: () -> Void
    private let memory: HeldMemory
    private var isFinished = false

    /// - Parameters:
    ///   - memory: counts the events.
    ///   - onSnapshot: gets the response object when its status is another.
    ///   - onEnd: called once, when the last event is in the feed.
    init(_ memory: HeldMemory, onSnapshot: @escaping @Sendable (RawJSON) -> Void, onEnd: @escaping () -> Void) {
        self.memory = memory
        self.onSnapshot = onSnapshot
        self.onEnd = onEnd
    }

    func write(_ events: EventBuffer) {
        look(at: events)
        feed.append(events, events.marks.indices)
        memory.account.set(feed.bytes, for: .events)
        if let end = events.ends.last { finish(end.error) }
    }

    /// Looks for what is answered before the response is over.
    private func look(at events: EventBuffer) {
        guard answer == nil else { return }
        for (index, mark) in events.marks.enumerated() {
            let json = RawJSON(validated: Array(events.bytes[events.start(of: index)..<mark.end]))
            switch mark.name {
            case .queued:
                queued = json["response"]
                queued.map(onSnapshot)
            case .inProgress:
                json["response"].map(onSnapshot)
                answer = queued.map { .success($0) }
                wait.wake()
                return
            default: break
            }
        }
    }

    private func finish(_ error: APIError?) {
        guard !isFinished else { return }
        isFinished = true
        if answer == nil { answer = .failure(error ?? .clientGone) }
        wait.wake()
        feed.finish()
        onEnd()
    }

    func holdInput(_ isHeld: Bool) {}

    func close(_ reason: Connection.CloseReason) { finish(reason.error) }

    /// The response object as it was queued; returns when it is noted down, and survives what the store survives.
    ///
    /// - Throws: why there is no response.
    func whenQueued() async throws(APIError) -> RawJSON {
        while true {
            if let answer { return try answer.get() }
            await withCheckedContinuation { wait.keep($0) }
        }
    }
}
