import NIOHTTP1
import ResponsesAPI
import ResponsesCore
import ResponsesStore
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// A store that fails: clients are told when to come back, the operator why, and what needs no store goes on.
@Suite(.timeLimit(.minutes(1))) struct StoreFailureTests {
    private static let questions: [(HTTPMethod, String, String?)] = [
        (.GET, "/responses/resp_MARKER", nil), (.DELETE, "/responses/resp_MARKER", nil), (.GET, "/responses/resp_MARKER/input_items", nil),
        (.POST, "/responses/input_tokens", #"{"model":"scripted","input":"MARKER","conversation":"conv_1"}"#),
        (.POST, "/conversations", #"{"items":[{"role":"user","content":"MARKER"}]}"#), (.GET, "/conversations/conv_MARKER", nil),
        (.POST, "/conversations", #"{"items":[{"type":"item_reference","id":"msg_MARKER"}]}"#),
        (.POST, "/conversations/conv_1", #"{"metadata":{"a":"MARKER"}}"#), (.DELETE, "/conversations/conv_MARKER", nil),
        (.GET, "/conversations/conv_1/items", nil), (.POST, "/conversations/conv_1/items", #"{"items":[{"role":"user","content":"MARKER"}]}"#),
        (.GET, "/conversations/conv_1/items/msg_MARKER", nil), (.DELETE, "/conversations/conv_1/items/msg_MARKER", nil),
    ]

    @Test(arguments: [
        (StoreError.unavailable(reason: "the disk is gone"), 503, "server_error", "1"), (.full, 503, "server_error", nil), (.taken, 500, "server_error", nil),
    ] as [(StoreError, Int, String, String?)])
    func isToldToBoth(error: StoreError, status: Int, type: String, retryAfter: String?) async throws {
        let log = LogRecorder()
        try await TestServer.with(ScriptedEngine(), logger: log.logger, store: FailingStore(error: error)) { server in
            // What only reads never hears of the other two.
            let questions = Self.questions.filter { retryAfter != nil || !$0.1.hasSuffix("input_tokens") }
            for (index, (method, path, body)) in questions.enumerated() {
                let answer = try await server.send(method, "/v1" + path, body)
                #expect(answer.status == status && answer.json.string("error.type") == type)
                #expect(answer.json.string("error.code") == "server_error" && answer.headers["retry-after"].first == retryAfter)
                #expect(!answer.json.text.contains("disk"))
                let lines = log.lines.filter { $0.hasPrefix("warning store failed") }
                #expect(lines.count == index + 1)
                if case .unavailable = error { #expect(lines.last?.contains("the disk is gone") == true) }
                #expect(lines.last?.contains(answer.headers["x-request-id"].first ?? "?") == true)
            }
            #expect(try await server.post("/v1/responses", #"{"model":"scripted","input":"x","store":false}"#).status == 200)
            #expect(try await server.post("/v1/responses/input_tokens", #"{"model":"scripted","input":"x"}"#).status == 200)
        }
        #expect(!log.text.contains("MARKER"))
    }

    @Test("a store that does not answer is not waited for longer than a shutdown would")
    func aStoreThatHangs() async throws {
        let (log, store) = (LogRecorder(), HeldStore())
        try await TestServer.with(ScriptedEngine(), logger: log.logger, store: store, configure: { $0.limits.shutdownGrace = .milliseconds(50) }) { server in
            let answer = try await server.get("/v1/responses/resp_1")
            #expect(answer.status == 503 && answer.headers["retry-after"] == ["1"])
            await log.wait(for: "cancelled")
            // One that answers in time is heard.
            store.answer(3)
            #expect(try await server.get("/v1/responses/resp_1").status == 404)
        }
    }
}
