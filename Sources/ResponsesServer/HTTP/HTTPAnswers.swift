import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import ResponsesCore

/// Answers the requests of an HTTP connection one after another, by the router. Runs on the channel's event loop, so that a
/// streamed answer does not hop between threads.
struct HTTPAnswers: Sendable {
    let channel: any Channel
    let requests: IncomingRequests
    let router: RouterResponder<HotlineRequestContext>
    let logger: Logger

    /// Returns when the connection is closed. Cancelled, it takes no further request.
    func run() async {
        await withTaskCancellationHandler {
            do {
                while let head = try await requests.nextHead() {
                    try await answer(head)
                    if head.headerFields[.connection] == "close" { break }
                }
            } catch is HTTPParserError {
                refuse()
            } catch {
                logger.trace("connection broke")
                channel.close(promise: nil)
            }
            channel.close(mode: .output, promise: nil)
            try? await channel.closeFuture.get()
        } onCancel: {
            channel.close(mode: .input, promise: nil)
        }
    }

    private func answer(_ head: HTTPRequest) async throws {
        var context = HotlineRequestContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
        context.requests = requests
        defer {
            requests.memory?.end()
            requests.memory = nil
        }
        context.wholeBody = requests.takeWholeBody()
        let body = context.wholeBody.map { RequestBody(buffer: $0) }
            ?? RequestBody(asyncSequence: IncomingBody(requests: requests))
        var response = try await router.respond(to: Request(head: head, body: body), context: context)
        response.headers[.date] = HTTPDate.text(at: ConnectionDriver.now().unixSeconds)
        response.headers[.server] = "hotline"
        channel.pipeline.syncOperations.write(NIOAny(HTTPResponsePart.head(response.head)), promise: nil)
        try await response.body.write(ChannelBodyWriter(channel: channel, memory: requests.memory))
    }

    /// What came is not HTTP.
    private func refuse() {
        let operations = channel.pipeline.syncOperations
        let fields: HTTPFields = [.connection: "close", .contentLength: "0"]
        operations.write(
            NIOAny(HTTPResponsePart.head(HTTPResponse(status: .badRequest, headerFields: fields))), promise: nil)
        operations.writeAndFlush(NIOAny(HTTPResponsePart.end(nil)), promise: nil)
    }
}
