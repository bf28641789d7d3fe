import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// AsyncHTTPClient as the carrier of one exchange.
///
/// `@unchecked Sendable`: touched on the loop of its client only, which has just this one.
final class ClientCarrier: ExchangeCarrier, HTTPClientResponseDelegate, @unchecked Sendable {
    typealias Response = Void

    private let exchange: any CarriedExchange
    private let loop: any EventLoop
    private var task: HTTPClient.Task<Void>?
    /// What lets AsyncHTTPClient read on.
    private var resumption: EventLoopPromise<Void>?

    init(_ exchange: any CarriedExchange, on loop: any EventLoop) {
        self.exchange = exchange
        self.loop = loop
    }

    func start(_ request: HTTPClient.Request, with client: HTTPClient) {
        exchange.isCarried(by: self)
        let task = client.execute(request: request, delegate: self, eventLoop: .indifferent)
        self.task = task
        // This comes exactly once and last, however AsyncHTTPClient ends.
        task.futureResult.whenComplete { self.finished($0) }
    }

    // MARK: What the exchange says

    func readOn() { resumption.take()?.succeed() }

    func stop() { task?.fail(reason: HTTPClientError.cancelled) }

    // MARK: What AsyncHTTPClient says

    func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        loop.preconditionInEventLoop()
        exchange.receivedHead(head)
        return loop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        loop.preconditionInEventLoop()
        do {
            if try exchange.receivedPart(buffer) { return loop.makeSucceededVoidFuture() }
        } catch {
            return loop.makeFailedFuture(error)
        }
        let promise = loop.makePromise(of: Void.self)
        resumption = promise
        return promise.futureResult
    }

    func didFinishRequest(task: HTTPClient.Task<Void>) throws {
        loop.preconditionInEventLoop()
        exchange.receivedEnd()
    }

    private func finished(_ result: Result<Void, any Error>) {
        task = nil
        if case .failure(let error) = result { exchange.finished(error) } else { exchange.finished(nil) }
        readOn()
    }
}
