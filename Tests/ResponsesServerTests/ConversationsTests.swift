import ContentCoding
import NIOCore
import NIOHTTP1
import ResponsesAPI
import ResponsesCore
import ResponsesStore
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// `/v1/conversations` and its items (responses-api 1).
@Suite(.timeLimit(.minutes(1))) struct ConversationsTests {
    private func made(_ server: TestServer, _ body: String = "{}") async throws -> String {
        let answer = try await server.post("/v1/conversations", body)
        #expect(answer.status == 200)
        return try #require(answer.json.string("id"))
    }

    @Test("a conversation from its beginning to its end", arguments: ["/v1", "", "/openai/v1"])
    func livesUntilItIsDeleted(prefix: String) async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let made = try await server.post("\(prefix)/conversations", #"{"metadata":{"topic":"sea \u00fc"},"items":[{"role":"user","content":"hello"}]}"#)
            #expect(made.status == 200 && made.json.string("object") == "conversation" && made.json.string("metadata.topic") == "sea ü")
            #expect(made.json.int("created_at") ?? 0 > 1_700_000_000)
            let id = try #require(made.json.string("id"))
            #expect(id.hasPrefix("conv_") && id.count == 37)
            let path = "\(prefix)/conversations/\(id)"
            #expect(try await server.get(path).json == made.json)
            let changed = try await server.post(path, #"{"metadata":{"topic":"land"}}"#)
            #expect(changed.status == 200 && changed.json.string("metadata.topic") == "land" && changed.json["created_at"] == made.json["created_at"])
            #expect(try await server.get(path).json == changed.json)
            #expect(try await server.post(path, #"{"metadata":null}"#).json["metadata"]?.text == "{}")

            let added = try await server.post("\(path)/items", #"{"items":[{"role":"assistant","content":"hi","id":"msg_mine"},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}]}"#).json
            #expect(added.string("object") == "list" && added["has_more"]?.boolValue == false)
            #expect(added.string("first_id") == "msg_mine" && added.string("last_id") == added.string("data.1.id"))
            #expect(added.string("data.0.content.0.text") == "hi" && added.string("data.1.type") == "function_call")
            let list = try await server.get("\(path)/items?order=asc&include[]=message.output_text.logprobs").json
            #expect(list["data"]?.elements.map { $0.string("type") } == ["message", "message", "function_call"])
            #expect(list["data"]?.elements.count == 3 && list.string("first_id")?.hasPrefix("msg_") == true)
            #expect(try await server.get("\(path)/items?limit=1").json.string("data.0.type") == "function_call")
            let one = try await server.get("\(path)/items/msg_mine?include=reasoning.encrypted_content")
            #expect(one.status == 200 && one.json == added.at("data.0"))
            let removed = try await server.delete("\(path)/items/msg_mine")
            #expect(removed.status == 200 && removed.json.string("object") == "conversation" && removed.json.string("id") == id)
            #expect(try await server.get("\(path)/items/msg_mine").json.string("error.message") == "Item with id 'msg_mine' not found in conversation '\(id)'.")
            #expect(try await server.delete("\(path)/items/msg_mine").status == 404)
            #expect(try await server.get("\(path)/items").json["data"]?.elements.count == 2)

            let deleted = try await server.delete(path)
            #expect(deleted.status == 200 && deleted.json.text == #"{"id":"\#(id)","object":"conversation.deleted","deleted":true}"#)
            for (method, below, body) in [
                (HTTPMethod.GET, "", nil), (.POST, "", #"{"metadata":{}}"#), (.DELETE, "", nil), (.GET, "/items", nil), (.POST, "/items", #"{"items":[]}"#),
                (.GET, "/items/msg_mine", nil), (.DELETE, "/items/msg_mine", nil),
            ] as [(HTTPMethod, String, String?)] {
                let gone = try await server.send(method, path + below, body)
                #expect(gone.status == 404 && gone.json.string("error.message") == "Conversation with id '\(id)' not found.")
                #expect(gone.json["error"]?["code"]?.isNull == true && gone.json.string("error.type") == "invalid_request_error")
            }
        }
    }

    @Test("an empty list has null ids; nothing needs a body but what it says")
    func anEmptyConversation() async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            for body in ["", "{}", #"{"metadata":null,"items":null,"other":1}"#, #"{"items":[]}"#] {
                let id = try await made(server, body)
                #expect(try await server.get("/v1/conversations/\(id)").json["metadata"]?.text == "{}")
                let list = try await server.get("/v1/conversations/\(id)/items")
                #expect(list.json.text == #"{"object":"list","data":[],"first_id":null,"last_id":null,"has_more":false}"#)
            }
        }
    }

    private static let many = "[" + Array(repeating: #"{"role":"user","content":"x"}"#, count: 21).joined(separator: ",") + "]"
    private static let pairs = "{" + (0..<17).map { #""k\#($0)":"v""# }.joined(separator: ",") + "}"

    @Test(arguments: [
        ("", "[]", "invalid_json", nil), ("", "{", "invalid_json", nil), ("", #"{"metadata":[]}"#, "invalid_type", "metadata"),
        ("", #"{"metadata":{"a":1}}"#, "invalid_type", "metadata.a"), ("", #"{"metadata":\#(pairs)}"#, "invalid_value", "metadata"),
        ("", #"{"metadata":{"\#(String(repeating: "k", count: 65))":"v"}}"#, "invalid_value", "metadata"),
        ("", #"{"metadata":{"k":"\#(String(repeating: "v", count: 513))"}}"#, "invalid_value", "metadata.k"),
        ("", #"{"items":{}}"#, "invalid_type", "items"), ("", #"{"items":\#(many)}"#, "invalid_value", "items[20]"),
        ("", #"{"items":[{"role":"user","content":"x"},{"role":"user"}]}"#, "missing_required_parameter", "items[1].content"),
        ("", #"{"items":["x"]}"#, "invalid_type", "items[0]"), ("", #"{"items":[{"type":"item_reference","id":"msg_gone"}]}"#, "invalid_value", "items[0].id"),
        ("/ID", "{}", "missing_required_parameter", "metadata"), ("/ID", "", "missing_required_parameter", "metadata"),
        ("/ID", #"{"metadata":{"a":null}}"#, "invalid_type", "metadata.a"), ("/ID/items", "{}", "missing_required_parameter", "items"),
        ("/ID/items", #"{"items":null}"#, "missing_required_parameter", "items"), ("/ID/items", #"{"items":\#(many)}"#, "invalid_value", "items[20]"),
        ("/ID/items", #"{"items":[{"type":"function_call","name":"f","arguments":"{}"}]}"#, "missing_required_parameter", "items[0].call_id"),
        ("/ID/items?include=x", #"{"items":[]}"#, "invalid_value", "include"),
    ] as [(String, String, String, String?)])
    func whatIsWrongIsNamed(path: String, body: String, code: String, param: String?) async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let id = try await made(server)
            let answer = try await server.post("/v1/conversations" + path.replacing("ID", with: id), body)
            #expect(answer.status == 400 && answer.json.string("error.code") == code && answer.json.string("error.param") == param)
            #expect(try await server.get("/v1/conversations/\(id)/items").json["data"]?.elements.isEmpty == true)
        }
    }

    @Test(arguments: ["limit=0", "limit=101", "order=up", "after=msg_gone", "before=msg_gone", "include=x"])
    func aWrongPageIsNamed(query: String) async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let answer = try await server.get("/v1/conversations/\(try await made(server))/items?\(query)")
            #expect(answer.status == 400 && answer.json.string("error.param") == query.split(separator: "=").first.map(String.init))
        }
    }

    @Test("a reference becomes what it stands for; what is sealed stays as it came")
    func itemsAreKeptAsTheyCame() async throws {
        try await TestServer.with(ScriptedEngine(), configure: { $0.keys = APIKeys(["alice", "bob"]) }) { server in
            let response = try await server.post("/v1/responses", #"{"model":"scripted","input":"[[say:So it is.]] hello"}"#, key: "alice").json
            let output = try #require(response.at("output.0"))
            let reference = #"{"type":"item_reference","id":"\#(output["id"]?.stringValue ?? "")"}"#
            let sealed = #"{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"what only its server opens"}"#
            let body = #"{"items":[\#(reference),\#(sealed)]}"#
            let id = try await server.post("/v1/conversations", body, key: "alice").json.string("id") ?? ""
            let list = try await server.get("/v1/conversations/\(id)/items?order=asc", key: "alice").json
            #expect(list.at("data.0") == output && list.at("data.1")?.text == sealed)
            let foreign = try await server.post("/v1/conversations", body, key: "bob")
            #expect(foreign.status == 400 && foreign.json.string("error.param") == "items[0].id")
        }
    }

    @Test("while a response is made in it, its items stay as they are")
    func aBusyConversationIsNotChanged() async throws {
        let store = MemoryStore(bytesMax: 1 << 20)
        try await TestServer.with(ScriptedEngine(), store: store) { server in
            let id = try await made(server, #"{"items":[{"role":"user","content":"hello","id":"msg_mine"}]}"#)
            _ = try store.begin("resp_running", in: ConversationID(id), of: .anybody)
            let path = "/v1/conversations/\(id)"
            for answer in [
                try await server.post("\(path)/items", #"{"items":[{"role":"user","content":"more"}]}"#),
                try await server.delete("\(path)/items/msg_mine"),
            ] {
                #expect(answer.status == 409 && answer.json.string("error.type") == "conflict_error")
                #expect(answer.headers["retry-after"] == ["1"])
            }
            #expect(try await server.post(path, #"{"metadata":{"a":"b"}}"#).status == 200)
            #expect(try await server.get("\(path)/items").json["data"]?.elements.count == 1)
            #expect(try await server.delete(path).status == 200)
        }
    }

    @Test("a key for which nothing is stored makes none, and is told why")
    func aKeyWithoutStorageMakesNone() async throws {
        var rights = KeyRights()
        rights.mayStore = false
        var keys = APIKeys(["admin"])
        keys.add("alice", rights: rights)
        try await TestServer.with(ScriptedEngine(), configure: { [keys] in $0.keys = keys }) { server in
            for (path, body) in [("", "{}"), ("/conv_1", #"{"metadata":{}}"#), ("/conv_1/items", #"{"items":[]}"#)] {
                let answer = try await server.post("/v1/conversations\(path)", body, key: "alice")
                #expect(answer.status == 403 && answer.json.string("error.type") == "permission_error")
                #expect(answer.json.string("error.message")?.hasPrefix("Nothing is stored for this key") == true)
            }
            #expect(try await server.get("/v1/conversations/conv_1", key: "alice").status == 404)
            #expect(try await server.post("/v1/conversations", "{}", key: "admin").status == 200)
        }
    }

    @Test func aStoreWithoutConversationsSaysSo() async throws {
        try await TestServer.with(ScriptedEngine(), store: HeldStore()) { server in
            for (method, path, body) in [
                (HTTPMethod.POST, "", "{}"), (.GET, "/conv_1", nil), (.POST, "/conv_1", #"{"metadata":{}}"#), (.DELETE, "/conv_1", nil),
                (.GET, "/conv_1/items", nil), (.POST, "/conv_1/items", #"{"items":[]}"#), (.GET, "/conv_1/items/msg_1", nil),
                (.DELETE, "/conv_1/items/msg_1", nil),
            ] as [(HTTPMethod, String, String?)] {
                let answer = try await server.send(method, "/v1/conversations\(path)", body)
                #expect(answer.status == 501 && answer.json.string("error.code") == "conversations_not_supported")
            }
        }
    }

    @Test("bodies are read as those of responses are: compressed, within the limit, large ones as well")
    func bodiesAreReadWithCare() async throws {
        try await TestServer.with(ScriptedEngine(), configure: {
            $0.limits.messageBytesMax = 64 << 10
            $0.limits.largeBytesMin = 16 << 10
        }) { server in
            let large = #"{"items":[{"role":"user","content":"\#(String(repeating: "x", count: 40 << 10))"}]}"#
            let id = try await made(server, large)
            let list = try await server.get("/v1/conversations/\(id)/items").json
            #expect(list.string("data.0.content.0.text")?.count == 40 << 10)
            let one = try await server.get("/v1/conversations/\(id)/items/\(list.string("first_id") ?? "")").json
            #expect(one == list.at("data.0"))
            for path in ["/v1/conversations", "/v1/conversations/\(id)", "/v1/conversations/\(id)/items", "/v1/responses/input_tokens"] {
                let answer = try await server.post(path, #"{"x":"\#(String(repeating: "x", count: 65 << 10))"}"#)
                #expect(answer.status == 413 && answer.json.string("error.code") == "request_too_large")
                let wire = try await server.wire()
                try await wire.request("POST", path, headers: [("Content-Encoding", "br")], body: "{}")
                #expect(try await wire.response().status == 415)
                await wire.close()
            }
        }
    }
}
