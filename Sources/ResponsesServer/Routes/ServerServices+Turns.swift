import HTTPTypes
import Hummingbird
import NIOCore
import ResponsesAPI
import ResponsesCore

extension ServerServices {
    /// Runs a request's turn and answers with it: a stream where that was asked for, else one object.
    ///
    /// - Throws: `APIError`, why there is no answer.
    func answer(
        _ request: ReadRequest, _ purpose: TurnPurpose, _ context: HotlineRequestContext, _ memory: HeldMemory
    ) async throws -> Response {
        purpose == .response && request.isStream
            ? try await stream(request, context, memory) : try await object(request, purpose, context, memory)
    }

    private func object(
        _ request: ReadRequest, _ purpose: TurnPurpose, _ context: HotlineRequestContext, _ memory: HeldMemory
    ) async throws -> Response {
        let scope = RequestScope<JSONOutput>(.json, request, services: self, context: context, memory: memory)
        let object: Result<ArraySlice<UInt8>, APIError>
        do throws(APIError) {
            object = .success(try await scope.output.object(for: request, purpose))
        } catch {
            object = .failure(error)
        }
        await scope.end()
        var response = Response(json: try object.get())
        if let leftOut = scope.leftOut { response.headers[.leftOut] = leftOut }
        if scope.output.isEstimate { response.headers[.inputTokens] = "estimated" }
        return response
    }

    private func stream(_ request: ReadRequest, _ context: HotlineRequestContext, _ memory: HeldMemory) async throws -> Response {
        let scope = RequestScope<SSEOutput>(.sse, request, services: self, context: context, memory: memory)
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
    static let leftOut = HTTPField.Name("x-hotline-left-out")!
    /// `estimated` where the engine does not count tokens.
    fileprivate static let inputTokens = HTTPField.Name("x-hotline-input-tokens")!
}
