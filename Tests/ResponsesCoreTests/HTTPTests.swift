import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

/// HTTP is a connection with one turn: the same decisions, other edges.
struct HTTPTests {
    private func line(_ transport: Connection.Transport, _ process: InMemoryProcess = InMemoryProcess()) -> InMemoryConnection {
        InMemoryConnection(process) { $0.transport = transport }
    }

    @Test func aJSONAnswerIsTheFinalResponse() throws {
        let line = line(.json)
        try line.post(#"{"model":"list","input":"hello"}"#)
        line.answer(.say("good day"))
        #expect(line.finished.count == 1)
        let object = line.finished.first?.object
        #expect(object == line.take().last?["response"])
        #expect(object?["status"]?.stringValue == "completed")
    }

    @Test func aRefusedRequestIsAnErrorWithoutEvents() throws {
        for transport in [Connection.Transport.sse, .json] {
            let line = line(transport)
            try line.post(#"{"model":"unheard","input":"hello"}"#)
            #expect(line.take().isEmpty)
            #expect(line.finished.first?.error?.status == 404)
            #expect(line.finished.first?.object == nil)
        }
    }

    @Test func lanesAreNotForHTTP() throws {
        let line = line(.json)
        try line.post(#"{"model":"list","input":"hello","stream_id":"a"}"#)
        #expect(line.finished.first?.error?.param == "stream_id")
    }

    @Test func aFailureOverSSEIsToldTwice() throws {
        let line = line(.sse)
        try line.post(#"{"model":"list","input":"hello"}"#)
        line.answer(.fail(.overloaded))
        let events = line.take()
        #expect(events.types == beginning + ["error", "response.failed"])
        #expect(events.map(\.number) == [0, 1, 2, 3])
        // Flat for OpenAI's clients, nested for Open Responses' schema, in one.
        for path in ["code", "error.code"] { #expect(events[2].string(path) == "server_is_overloaded") }
        for path in ["message", "error.message"] { #expect(events[2].string(path) == "The engine failed.") }
        #expect(events[2]["param"]?.isNull == true)
    }

    @Test func aFailureOverTheSocketIsToldOnce() {
        let line = line(.webSocket)
        line.create()
        line.answer(.fail())
        #expect(line.take().types == beginning + ["response.failed"])
    }

    @Test func storedResponsesChainOverHTTP() throws {
        let process = InMemoryProcess()
        let first = line(.json, process)
        try first.post(#"{"model":"list","input":"one"}"#)
        first.answer(.say("I"))
        let id = first.take().last?.string("response.id") ?? ""
        let second = line(.sse, process)
        try second.post(#"{"model":"list","input":"two","previous_response_id":"\#(id)"}"#)
        #expect(second.works.first?.prompt == "<user>\"one\"</user>\n<assistant>\"I\"</assistant>\n<user>\"two\"</user>\n")
    }

    @Test func whatIsNotStoredLeavesNothing() throws {
        let process = InMemoryProcess()
        let line = line(.json, process)
        try line.post(#"{"model":"list","input":"one","store":false}"#)
        line.answer(.say("I"))
        #expect(process.stored.isEmpty)
        #expect(process.memoryMeter.bytes == 0)
        let id = line.take().last?.string("response.id") ?? ""
        try line.post(#"{"model":"list","input":"two","previous_response_id":"\#(id)"}"#)
        #expect(line.finished.last?.error?.code == .previousResponseNotFound)
    }
}
