import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTPTypes
import ResponsesAPI
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
                while let head = try await requests.nextHead() { try await answer(head) }
            } catch let problem as RequestProblem {
                refuse(problem)
            } catch {
                logger.trace("connection broke")
                channel.close(promise: nil)
            }
            requests.close()
            try? await channel.closeFuture.get()
        } onCancel: {
            channel.close(mode: .input, promise: nil)
        }
    }

    private func answer(_ head: RequestHead) async throws {
        var context = HotlineRequestContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
        context.problem = head.problem
        context.requests = requests
        defer {
            requests.memory?.end()
            requests.memory = nil
        }
        context.wholeBody = requests.takeWholeBody()
        let body = context.wholeBody.map { RequestBody(buffer: $0) }
            ?? RequestBody(asyncSequence: IncomingBody(requests: requests))
        var response = try await router.respond(to: Request(head: head.request, body: body), context: context)
        writeHead(of: &response)
        try await response.body.write(ChannelBodyWriter(channel: channel, memory: requests.memory))
    }

    private func writeHead(of response: inout Response) {
        response.headers[.date] = HTTPDate.text(at: ConnectionDriver.now().unixSeconds)
        response.headers[.server] = "hotline"
        channel.pipeline.syncOperations.write(NIOAny(HTTPResponsePart.head(response.head)), promise: nil)
    }

    /// What came is no request.
    private func refuse(_ problem: RequestProblem) {
        let body = ByteBuffer(bytes: problem.error.httpBody)
        var response = Response(
            status: HTTPResponse.Status(code: problem.error.status),
            headers: [.contentType: "application/json", .contentLength: String(body.readableBytes), .requestID: RequestIDs.make()])
        writeHead(of: &response)
        let writer = ChannelBodyWriter(channel: channel, memory: nil)
        writer.write(body)
        writer.finish(nil)
    }
}
