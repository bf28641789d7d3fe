import NIOCore
import ResponsesAPI

/// Single requests over HTTP, without a line.
extension ResponsesClient {
    /// Asks for one response and waits for it: `POST /responses`, without streaming.
    ///
    /// The request is sent as it is; the configuration's template is not used.
    /// - Throws: `APIError` when the server refuses; `ClientError` when it cannot be reached or answers something else.
    public func create(_ request: CreateRequest) async throws -> ResponseObject {
        var request = request
        request.stream = false
        let body = request.encoded(as: .http)
        return try await withPoster { poster in
            do {
                return try ResponseObject(try await poster.answer(to: body))
            } catch let error as APIError where error.status == 400 && error.code == .missingRequiredParameter && error.param == "id" {
                throw ClientError.notTheProtocol("it is no response.")
            }
        }
    }

    /// The names of the models that the server offers: `GET /models`.
    ///
    /// - Throws: as `create`.
    public func models() async throws -> [String] {
        try await withPoster { poster in
            let list = try await poster.models()
            return (list["data"]?.elements ?? []).compactMap { $0["id"]?.stringValue }
        }
    }

    private func withPoster<R: Sendable>(_ body: (HTTPPoster) async throws -> R) async throws -> R {
        let poster = try HTTPPoster(configuration, address: address, loop: configuration.eventLoopGroup.next())
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
