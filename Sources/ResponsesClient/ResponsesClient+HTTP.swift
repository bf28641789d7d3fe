import NIOCore
import ResponsesAPI
import StreamingHTTP
import Synchronization

/// Single requests over HTTP, without a line.
extension ResponsesClient {
    /// Asks for one response and waits for it: `POST /responses`, without streaming.
    ///
    /// The request is sent as it is; the configuration's template is not used. Cancelling the task closes the connection.
    /// - Throws: `APIError` when the server refuses; `ClientError` when it cannot be reached or answers something else. A
    ///   response that failed is returned, with its `error`.
    public func create(_ request: CreateRequest) async throws -> ResponseObject {
        var request = request
        request.stream = false
        let body = request.encoded(as: .http)
        return try await withPoster { poster in try await SingleExchange().run(body, on: poster, limits: configuration.limits) }
    }

    /// The names of the models that the server offers: `GET /models`.
    ///
    /// - Throws: as `create`.
    public func models() async throws -> [String] { try await listedModels().map(\.name) }

    /// The models that the server offers, with what it says of each: `GET /models`.
    ///
    /// - Throws: as `create`.
    public func listedModels() async throws -> [ListedModel] {
        try await withPoster { poster in
            let body = try await poster.modelsList()
            guard let json = try? RawJSON(parsing: body), let data = json["data"], data.isArray else {
                throw ClientError.notTheProtocol("it is not a list of models.")
            }
            return data.elements.compactMap(ListedModel.init)
        }
    }

    /// Whether the server has a resource, such as `chat/completions`, whatever is done with it.
    ///
    /// - Throws: `ClientError` when the server cannot be asked.
    package func serves(_ resource: String) async throws -> Bool {
        try await withPoster { poster in try await poster.status(of: resource) != 404 }
    }

    private func withPoster<R: Sendable>(_ body: (HTTPPoster) async throws -> R) async throws -> R {
        let poster = try HTTPPoster(access, on: configuration.eventLoopGroup.next())
        let result: Result<R, any Error>
        do {
            result = .success(try await body(poster))
        } catch {
            result = .failure(error)
        }
        await poster.shutDown()
        return try result.get()
    }
}

/// One exchange that a task waits for.
private final class SingleExchange: Sendable {
    private struct State {
        var exchange: HTTPExchange?
        var isCancelled = false
        var last: ServerEvent?
        var waiter: CheckedContinuation<ServerEvent, any Error>?
    }

    private let state = Mutex(State())

    func run(_ body: [UInt8], on poster: HTTPPoster, limits: ClientLimits) async throws -> ResponseObject {
        let event = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                state.withLock { $0.waiter = continuation }
                poster.loop.execute { self.start(body, on: poster, limits) }
            }
        } onCancel: {
            state.withLock { $0.isCancelled = true }
            poster.loop.execute { self.cancel() }
        }
        switch event.body {
        case .completed(let response), .incomplete(let response), .failed(let response): return response
        case .error(let error): throw error
        default: throw ClientError.notTheProtocol("it is not a response.")
        }
    }

    private func start(_ body: [UInt8], on poster: HTTPPoster, _ limits: ClientLimits) {
        if state.withLock({ $0.isCancelled }) { return finish(.failure(ClientError.turnCancelled)) }
        let exchange = poster.post(
            body,
            received: { event in self.state.withLock { $0.last = event } },
            ended: { end in self.finish(self.result(end, limits)) })
        state.withLock { $0.exchange = exchange }
    }

    private func cancel() {
        state.withLock { $0.exchange }?.cancel()
        finish(.failure(ClientError.turnCancelled))
    }

    private func result(_ end: ExchangeEnd, _ limits: ClientLimits) -> Result<ServerEvent, any Error> {
        switch end {
        case .finished:
            state.withLock { $0.last }.map { .success($0) } ?? .failure(ClientError.interrupted(nil))
        case .refused(let error): .failure(error)
        case .unreachable(let reason): .failure(ClientError.unreachable(reason))
        case .broken: .failure(ClientError.interrupted(nil))
        case .garbage(let reason): .failure(ClientError.notTheProtocol(reason))
        case .timedOut: .failure(ClientError.silence(limits.silenceMax))
        }
    }

    private func finish(_ result: Result<ServerEvent, any Error>) {
        state.withLock { $0.waiter.take() }?.resume(with: result)
    }
}
