import NIOCore
import ResponsesAPI
import ResponsesCore

/// One JSON answer: the object of the turn's last event. Lives on the channel's event loop.
final class JSONOutput: RequestOutput, @unchecked Sendable {
    // Proof of `@unchecked Sendable`: all state is touched on `driver.loop` only; the asynchronous method runs in a task
    // whose executor is that loop, and checks it.

    private let driver: ConnectionDriver
    private var answer: Result<ArraySlice<UInt8>, APIError>?
    /// Whether the answer is a count that this server estimated.
    private(set) var isEstimate = false
    private var wait = OneWait()

    init(_ driver: ConnectionDriver) { self.driver = driver }

    func write(_ events: EventBuffer) {
        guard let end = events.ends.last else { return }
        // Without a stream a failed turn is an HTTP error, whether it failed early or late.
        let error = end.error ?? (end.outcome == nil ? .clientGone : nil)
        let object = end.outcome?.object ?? 0..<0
        isEstimate = end.isEstimate
        finish(error.map { .failure($0) } ?? .success(events.bytes[object]))
    }

    /// There is one request, which is here.
    func holdInput(_ isHeld: Bool) {}

    func close(_ reason: Connection.CloseReason) { finish(.failure(reason.error)) }

    func clientGone() { finish(.failure(.clientGone)) }

    /// The answer is written at once, when it is whole.
    func channelBecameWritable() {}

    private func finish(_ answer: Result<ArraySlice<UInt8>, APIError>) {
        if self.answer == nil { self.answer = answer }
        wait.wake()
    }

    /// Runs a request's turn and returns its response object.
    ///
    /// - Throws: why there is none; when the client is gone, an error that nobody reads.
    func object(for request: ReadRequest, _ purpose: TurnPurpose) async throws(APIError) -> ArraySlice<UInt8> {
        driver.loop.preconditionInEventLoop()
        driver.received(request, for: purpose)
        while true {
            if let answer { return try answer.get() }
            await withCheckedContinuation { wait.keep($0) }
        }
    }
}
