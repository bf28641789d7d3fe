import HTTPTypes
import Hummingbird
import NIOCore
import ResponsesAPI
import ResponsesCore
import ThreadTools

/// `POST /v1/responses` and `/v1/responses/compact`: an HTTP request is a connection with a single turn.
struct ResponsesRoute: Sendable {
    let services: ServerServices

    /// JSON, or SSE when the body says `stream: true`; never by `Accept`, which SDKs send as JSON in both cases.
    func create(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        let memory = hold(context)
        let read = try await read(request, context, memory)
        if read.create.background == true { return try await BackgroundRoute(services: services).create(read, context) }
        return read.create.stream == true
            ? try await stream(read, context, memory) : try await answer(read, .response, context, memory)
    }

    func compact(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        let memory = hold(context)
        return try await answer(read(request, context, memory), .compaction, context, memory)
    }

    /// Opens the account of what is held for a request; it is closed when the answer is written.
    private func hold(_ context: HotlineRequestContext) -> HeldMemory {
        let memory = HeldMemory(services.book, of: context.identity.owner, loop: context.channel.eventLoop)
        context.requests?.memory = memory
        return memory
    }

    private func read(
        _ request: Request, _ context: HotlineRequestContext, _ memory: HeldMemory
    ) async throws -> ReadRequest {
        let reader = BodyReader(context.requests) {
            let ids = LogIDs(request: context.identity.requestID, owner: context.identity.owner.digest)
            services.observer.refused("memory_over", ids, on: context.channel.eventLoop, at: ConnectionDriver.now())
        }
        memory.isHeld(by: reader)
        let (coding, bytesMax) = (try request.contentCoding(), services.limits.messageBytesMax)
        var bytes = try await request.bytes(upTo: bytesMax, context, memory, reader)
        if let coding { bytes = try await Request.decoded(bytes, coding, upTo: bytesMax, memory, reader) }
        let tools = KnownTools(on: services.tools, of: context.identity.owner)
        guard bytes.count >= services.limits.largeBytesMin else {
            return try ReadRequest(parsing: bytes, tools)
        }
        return try await readBeside(bytes, tools, memory, reader)
    }

    @inline(never)  // Its variables would be part of every request's memory.
    private func readBeside(
        _ bytes: [UInt8], _ tools: KnownTools, _ memory: HeldMemory, _ reader: BodyReader
    ) async throws -> ReadRequest {
        memory.set(HeldMemory.readFactor * bytes.count, for: .receiving)
        defer { memory.set(0, for: .receiving) }
        let read = await BesideLoop.run { Result { () throws(APIError) in try ReadRequest(parsing: bytes, tools) } }
        // It may have been asked to give way meanwhile.
        try reader.check()
        return try read.get()
    }

    private func answer(
        _ request: ReadRequest, _ purpose: TurnPurpose, _ context: HotlineRequestContext, _ memory: HeldMemory
    ) async throws -> Response {
        let scope = RequestScope<JSONOutput>(.json, services: services, context: context, memory: memory)
        let object: Result<ArraySlice<UInt8>, APIError>
        do throws(APIError) {
            object = .success(try await scope.output.object(for: request, purpose))
        } catch {
            object = .failure(error)
        }
        await scope.end()
        var response = Response(json: try object.get())
        if let leftOut = scope.leftOut { response.headers[.leftOut] = leftOut }
        return response
    }

    private func stream(_ request: ReadRequest, _ context: HotlineRequestContext, _ memory: HeldMemory) async throws -> Response {
        let scope = RequestScope<SSEOutput>(.sse, services: services, context: context, memory: memory)
        do throws(APIError) {
            try await scope.output.begin(request, .response)
        } catch {
            await scope.end()
            throw error
        }
        // The body is written past Hummingbird's writer, so nothing here may write to or finish that.
        let body = ResponseBody { _ in
            await scope.output.send(to: context.channel)
            await scope.end()
        }
        var headers = HTTPFields.eventStream
        if let leftOut = scope.leftOut { headers[.leftOut] = leftOut }
        return Response(status: .ok, headers: headers, body: body)
    }
}

extension HTTPField.Name {
    /// Types of items and tools of the request that the engine was not shown.
    fileprivate static let leftOut = HTTPField.Name("x-hotline-left-out")!
}
