import NIOCore
import ResponsesAPI

/// A client of the Responses API: a line over one WebSocket, and single requests over HTTP.
///
/// ```swift
/// try await ResponsesClient.withConnection(to: "http://127.0.0.1:8484/v1", model: "scripted") { line in
///     let turn = try await line.respond(to: "Fix the build", tools: [shell])
///     for try await event in turn { show(event) }
/// }
/// ```
/// It speaks to any server of the Responses API, Hotline and OpenAI's own alike.
public struct ResponsesClient: Sendable {
    public let configuration: Configuration
    let access: ServerAccess

    /// - Throws: `ClientError` when the URL cannot be used, or HTTP cannot carry a header.
    public init(_ configuration: Configuration) throws(ClientError) {
        self.configuration = configuration
        access = try ServerAccess(configuration)
    }

    /// Opens a line for the length of `body`, and closes it.
    ///
    /// - Parameters:
    ///   - url: the base URL, such as `http://127.0.0.1:8484/v1`.
    ///   - key: sent as `Authorization: Bearer`.
    ///   - model: for all turns; a turn's `settings` may name another.
    ///   - configure: changes anything else before the line opens.
    /// - Throws: what `body` throws; `ClientError` when the URL cannot be used. A server that does not
    ///   answer is reported by the first turn.
    public static func withConnection<R>(
        to url: String, key: String? = nil, model: String? = nil,
        configure: (inout Configuration) -> Void = { _ in }, isolation: isolated (any Actor)? = #isolation,
        _ body: (Line) async throws -> R
    ) async throws -> R {
        var configuration = Configuration(url: url, key: key)
        configuration.template.model = model
        configure(&configuration)
        return try await ResponsesClient(configuration).withConnection(body)
    }

    /// Opens a line for the length of `body`, and closes it: what still runs then is cancelled.
    public func withConnection<R>(
        isolation: isolated (any Actor)? = #isolation, _ body: (Line) async throws -> R
    ) async throws -> R {
        let driver = try LineDriver(
            access, template: configuration.template, usesHTTPOnly: configuration.transport == .http,
            logger: configuration.logger, loop: configuration.eventLoopGroup.next())
        let result: Result<R, any Error>
        do {
            result = .success(try await body(Line(driver)))
        } catch {
            result = .failure(error)
        }
        await driver.shutDown()
        return try result.get()
    }
}
