import NIOHTTP1
import ResponsesAPI
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// A second key sees nothing of the first, on any endpoint: it is answered as if nothing was there, word for word.
@Suite(.timeLimit(.minutes(1))) struct OwnershipTests {
    /// One way to ask for what is another's. `RESP`, `CONV` and `ITEM` stand for its ids.
    struct Question: Sendable, CustomTestStringConvertible {
        var method: HTTPMethod
        var path: String
        var body: String?
        /// What an unknown id is answered.
        var status = 404

        init(_ method: HTTPMethod, _ path: String, _ body: String? = nil, status: Int = 404) {
            (self.method, self.path, self.body, self.status) = (method, path, body, status)
        }

        var testDescription: String { "\(method) \(path) \(body ?? "")" }
    }

    static let questions = [
        Question(.GET, "/responses/RESP"), Question(.GET, "/responses/RESP/input_items"), Question(.DELETE, "/responses/RESP"),
        Question(.POST, "/responses", #"{"model":"scripted","input":"x","previous_response_id":"RESP"}"#, status: 400),
        Question(.POST, "/responses", #"{"model":"scripted","input":[{"type":"item_reference","id":"ITEM"},{"role":"user","content":"x"}]}"#, status: 400),
        Question(.POST, "/responses/compact", #"{"model":"scripted","previous_response_id":"RESP"}"#, status: 400),
        Question(.POST, "/responses/input_tokens", #"{"model":"scripted","input":"x","previous_response_id":"RESP"}"#, status: 400),
        Question(.POST, "/responses/input_tokens", #"{"model":"scripted","input":"x","conversation":"CONV"}"#),
        Question(.POST, "/conversations", #"{"items":[{"type":"item_reference","id":"ITEM"}]}"#, status: 400),
        Question(.GET, "/conversations/CONV"), Question(.POST, "/conversations/CONV", #"{"metadata":{"a":"b"}}"#),
        Question(.DELETE, "/conversations/CONV"), Question(.GET, "/conversations/CONV/items"),
        Question(.POST, "/conversations/CONV/items", #"{"items":[{"role":"user","content":"x"}]}"#),
        Question(.GET, "/conversations/CONV/items/ITEM"), Question(.DELETE, "/conversations/CONV/items/ITEM"),
    ]

    @Test("a second key is answered as if nothing was there", arguments: questions)
    func asIfNothingWasThere(question: Question) async throws {
        try await TestServer.with(ScriptedEngine(), configure: { $0.keys = APIKeys(["alice", "bob"]) }) { server in
            let response = try await server.post("/v1/responses", #"{"model":"scripted","input":"[[say:MARKER]] MARKER"}"#, key: "alice").json
            let ids = ["RESP": response.string("id") ?? "", "ITEM": response.string("output.0.id") ?? ""]
            let conversation = try await server.post(
                "/v1/conversations", #"{"metadata":{"m":"MARKER"},"items":[\#(response.at("output.0")?.text ?? "")]}"#, key: "alice").json
            let all = ids.merging(["CONV": conversation.string("id") ?? ""]) { $1 }
            func asked(_ key: String, _ ids: [String: String]) async throws -> (status: Int, text: String) {
                var (path, body) = ("/v1" + question.path, question.body)
                for (name, id) in ids { (path, body) = (path.replacing(name, with: id), body?.replacing(name, with: id)) }
                let answer = try await server.send(question.method, path, body, key: key)
                var text = answer.json.text
                for (name, id) in ids { text = text.replacing(id, with: name) }
                return (answer.status, text)
            }
            // Ids of nothing, of the same form.
            let unknown = all.mapValues { id in
                id.split(separator: "_", maxSplits: 1).joined(separator: "_0").replacing("1", with: "2")
            }
            let (foreign, none) = (try await asked("bob", all), try await asked("bob", unknown))
            #expect(foreign.status == question.status && foreign == none)
            #expect(!foreign.text.contains("MARKER"))
            // It is all there for its owner, and as it was.
            #expect(try await server.get("/v1/responses/\(all["RESP"] ?? "")", key: "alice").json == response)
            #expect(try await server.get("/v1/conversations/\(all["CONV"] ?? "")", key: "alice").json == conversation)
            #expect(try await server.get("/v1/conversations/\(all["CONV"] ?? "")/items", key: "alice").json["data"]?.elements.count == 1)
            #expect(try await asked("alice", all).status == 200)
        }
    }

    @Test("without a key nothing is answered at all", arguments: questions)
    func withoutAKey(question: Question) async throws {
        try await TestServer.with(ScriptedEngine(), configure: { $0.keys = APIKeys(["alice"]) }) { server in
            let answer = try await server.send(question.method, "/v1" + question.path, question.body)
            #expect(answer.status == 401)
        }
    }
}
