import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

/// HTTP is a connection with one turn: the same decisions, other edges.
struct HTTPTests {
    private func connection(
        _ transport: Connection.Transport, _ process: InMemoryProcess = InMemoryProcess()
    ) -> InMemoryConnection {
        InMemoryConnection(process) { $0.transport = transport }
    }

    @Test func aJSONAnswerIsTheFinalResponse() throws {
        let connection = connection(.json)
        try connection.post(#"{"model":"list","input":"hello"}"#)
        connection.answer(.say("good day"))
        #expect(connection.finished.count == 1)
        let object = connection.finished.first?.object
        #expect(object == connection.take().last?["response"])
        #expect(object?["status"]?.stringValue == "completed")
    }

    @Test func aRefusedRequestIsAnErrorWithoutEvents() throws {
        for transport in [Connection.Transport.sse, .json] {
            let connection = connection(transport)
            try connection.post(#"{"model":"unheard","input":"hello"}"#)
            #expect(connection.take().isEmpty)
            #expect(connection.finished.first?.error?.status == 404)
            #expect(connection.finished.first?.object == nil)
        }
    }

    @Test func lanesAreNotForHTTP() throws {
        let connection = connection(.json)
        try connection.post(#"{"model":"list","input":"hello","stream_id":"a"}"#)
        #expect(connection.finished.first?.error?.param == "stream_id")
    }

    @Test func aFailureOverSSEIsToldTwice() throws {
        let connection = connection(.sse)
        try connection.post(#"{"model":"list","input":"hello"}"#)
        connection.answer(.fail(.overloaded))
        let events = connection.take()
        #expect(events.types == beginning + ["error", "response.failed"])
        #expect(events.map(\.number) == [0, 1, 2, 3])
        // Flat for OpenAI's clients, nested for Open Responses' schema, in one.
        for path in ["code", "error.code"] { #expect(events[2].string(path) == "rate_limit_exceeded") }
        for path in ["message", "error.message"] { #expect(events[2].string(path) == "The engine failed. Please try again in 5s.") }
        #expect(events[3].string("response.error.message") == events[2].string("message"))
        #expect(events[2]["param"]?.isNull == true)
    }

    /// The head of a stream has left: when to try again stands in the error, where SDKs and Codex look for it.
    @Test func aLimitInAStreamSaysWhenItEnds() throws {
        let limit = EngineAnswer([], error: EngineError(.rateLimited, "Please try again in 7 s.", retryAfterSeconds: 7))
        let sse = connection(.sse)
        try sse.post(#"{"model":"list","input":"hello"}"#)
        sse.answer(limit)
        let events = sse.take()
        #expect(events.types == beginning + ["error", "response.failed"])
        for path in ["headers.retry-after", "error.headers.retry-after"] { #expect(events[2].string(path) == "7") }
        #expect(events[3].string("response.error.headers.retry-after") == "7")
        let socket = connection(.webSocket)
        socket.create()
        socket.answer(limit)
        let failed = socket.take().last
        #expect(failed?.string("response.error.code") == "rate_limit_exceeded")
        #expect(failed?.string("response.error.headers.retry-after") == "7")
        // Nothing to say is not said.
        socket.create()
        socket.answer(.fail(.rateLimited))
        #expect(socket.take().last?["response.error.headers"] == nil)
    }

    /// Who hears nothing while an engine loads its model is not kept waiting for it.
    @Test func anEngineKnowsWhetherItsClientHearsSignsOfLife() throws {
        for (transport, isHeard) in [(Connection.Transport.sse, true), (.json, false)] {
            let connection = connection(transport)
            try connection.post(#"{"model":"list","input":"hello"}"#)
            #expect(connection.works.first?.request?.isHeard == isHeard)
        }
    }

    @Test func aFailureOverTheSocketIsToldOnce() {
        let connection = connection(.webSocket)
        connection.create()
        connection.answer(.fail())
        #expect(connection.take().types == beginning + ["response.failed"])
    }

    @Test func storedResponsesChainOverHTTP() throws {
        let process = InMemoryProcess()
        let first = connection(.json, process)
        try first.post(#"{"model":"list","input":"one"}"#)
        first.answer(.say("I"))
        let id = first.take().last?.string("response.id") ?? ""
        let second = connection(.sse, process)
        try second.post(#"{"model":"list","input":"two","previous_response_id":"\#(id)"}"#)
        #expect(second.works.first?.prompt == "<user>\"one\"</user>\n<assistant>\"I\"</assistant>\n<user>\"two\"</user>\n")
    }

    @Test func whatIsNotStoredLeavesNothing() throws {
        let process = InMemoryProcess()
        let connection = connection(.json, process)
        try connection.post(#"{"model":"list","input":"one","store":false}"#)
        connection.answer(.say("I"))
        #expect(process.stored.isEmpty)
        #expect(process.memory.bytes == 0)
        let id = connection.take().last?.string("response.id") ?? ""
        try connection.post(#"{"model":"list","input":"two","previous_response_id":"\#(id)"}"#)
        #expect(connection.finished.last?.error?.code == .previousResponseNotFound)
    }
}
