import HTTPTypes
import Hummingbird
import NIOCore
import ResponsesAPI
import ResponsesCore

/// A wire beside Responses: its clients send the whole conversation with each request, and its errors are its own.
struct WireRoute: Sendable {
    let wire: any Wire
    /// Names it where equal bytes mean different things on different wires.
    let name: String
    let services: ServerServices

    /// A turn, streamed or not as the body says.
    func create(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        let memory = services.hold(context)
        let read = try await read(request, context, memory, isCount: false)
        if let ticket = read.history?.ticket, let refusal = services.prefixes?.refusal(of: ticket, at: ConnectionDriver.now().uptime) {
            // The engine said so a moment ago, and the client tries the same again (chat-completions 7).
            throw refusal
        }
        return try await answer(read, .response, context, memory)
    }

    /// How many tokens a request's input has. Nothing is generated.
    func count(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        let memory = services.hold(context)
        return try await answer(read(request, context, memory, isCount: true), .count, context, memory)
    }

    private func answer(
        _ request: ReadRequest, _ purpose: TurnPurpose, _ context: HotlineRequestContext, _ memory: HeldMemory
    ) async throws -> Response {
        var response = try await services.answer(request, purpose, context, memory)
        response.name(context.identity.requestID, for: wire)
        return response
    }

    private func read(
        _ request: Request, _ context: HotlineRequestContext, _ memory: HeldMemory, isCount: Bool
    ) async throws -> ReadRequest {
        let owner = context.identity.owner
        let headers = request.headers
        let prefixes = services.prefixes(of: owner)
        let reading = WireReading(
            isCount: isCount,
            header: { name in headers.first { $0.name.canonicalName == name }?.value },
            history: HistoryReader(prefixes, of: owner, wire: name, at: ConnectionDriver.now().uptime),
            sealer: OwnedSealer(services.sealer, owner: owner), tools: WireTools(prefixes, of: owner, wire: name))
        return try await services.read(request, context, memory) { [wire] (bytes) throws(APIError) in
            try ReadRequest(parsing: bytes, by: wire, reading)
        }
    }
}
