import ResponsesAPI

/// One turn: its events as they come, and the response at its end.
///
/// ```swift
/// let turn = try await line.respond(to: "Fix the build")
/// for try await event in turn {
///     if case .outputTextDelta(_, let delta) = event.body { print(delta.string, terminator: "") }
/// }
/// let response = try await turn.response()
/// ```
/// Its events are read once, by one task. A turn that is neither read nor kept is cancelled; so is one whose reading task
/// is cancelled.
///
/// Unread events count against `ClientLimits.unreadBytesMax` of the line, which reads nothing from the server above it:
/// holding one turn unread while reading another can deadlock. Read turns in the order in which they were asked for, or
/// each in its own task.
public final class Turn: AsyncSequence, Sendable {
    public typealias Element = ServerEvent

    private let number: TurnNumber
    private let queue: TurnQueue
    private let driver: LineDriver

    init(_ number: TurnNumber, _ queue: TurnQueue, _ driver: LineDriver) {
        self.number = number
        self.queue = queue
        self.driver = driver
    }

    deinit {
        queue.drop()
        if queue.end == nil { driver.cancel(number) }
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let turn: Turn

        /// The next event; nil after the terminal event of a response that completed or is incomplete.
        ///
        /// - Throws: `APIError` when the turn failed at the server; `ClientError` when the line failed or the turn was
        ///   cancelled; `CancellationError` when this task was cancelled.
        public mutating func next() async throws -> ServerEvent? { try await turn.next() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(turn: self) }

    /// Reads what is left, and returns the response.
    ///
    /// An incomplete response is returned too; see its `status` and `incompleteReason`.
    /// - Throws: as `AsyncIterator.next`.
    public func response() async throws -> ResponseObject {
        guard let response = try await end() else { throw ClientError.noWarmup }
        return response
    }

    /// The text of the response, whole. Throws as `response()`.
    public func text() async throws -> String { try await response().outputText }

    /// Stops the turn at the server. What was streamed of it is not part of the chain.
    public func cancel() { driver.cancel(number) }

    /// How the turn was sent; nil until then.
    public var delivery: Delivery? { queue.delivery }

    /// The response; nil for a warmup that was not possible.
    func end() async throws -> ResponseObject? {
        while try await next() != nil {}
        guard case .ended(let response) = queue.end else { return nil }
        return response
    }

    private func next() async throws -> ServerEvent? {
        let step = await withTaskCancellationHandler {
            await queue.next()
        } onCancel: {
            driver.cancel(number)
        }
        switch step {
        case .event(let event): return event
        case .end(.ended), .end(.cannotWarmUp): return nil
        case .end(.failed(let error)): throw error
        case .end(.broken(let error)):
            if error.code == .cancelled { try Task.checkCancellation() }
            throw error
        }
    }
}
