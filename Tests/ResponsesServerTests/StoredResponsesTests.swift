import NIOHTTP1
import ResponsesAPI
import ResponsesCore
import ResponsesStore
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// `/v1/responses/{id}` and what stands below it: read, deleted, its input in pages (responses-api 1).
@Suite(.timeLimit(.minutes(1))) struct StoredResponsesTests {
    private static let prefixes = ["/v1", "", "/openai/v1"]

    /// A stored response's id.
    private func made(
        _ server: TestServer, _ fields: String = #""input":"hello""#, key: String? = nil
    ) async throws -> String {
        let answer = try await server.post("/v1/responses", #"{"model":"scripted",\#(fields)}"#, key: key)
        #expect(answer.status == 200)
        return try #require(answer.json.string("id"))
    }

    // MARK: Reading

    @Test("a stored response is read byte for byte as its last event said it, whichever way it was made")
    func isReadAsItWasSaid() async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let tools = #""tools":[{"type":"function","name":"look","parameters":{"type":"object","properties":{}}}]"#
            let fields = #""metadata":{"a":"\u00fc"},"instructions":"Be brief.",\#(tools),"input":"[[think:hm]] [[say:So.]] hello""#
            let answer = try await server.post("/v1/responses", #"{"model":"scripted",\#(fields)}"#).json
            let socket = try await server.socket()
            let completed = try #require(try await socket.turn(#""model":"scripted",\#(fields)"#)["response"])
            for response in [answer, completed] {
                let id = try #require(response.string("id"))
                for prefix in Self.prefixes {
                    let read = try await server.get("\(prefix)/responses/\(id)?include[]=reasoning.encrypted_content&other=1")
                    #expect(read.status == 200 && read.json == response)
                    #expect(read.headers["content-type"] == ["application/json"] && read.headers["x-request-id"].count == 1)
                }
                let wire = try await server.wire()
                try await wire.request("HEAD", "/v1/responses/\(id)")
                let head = try await wire.response(toHead: true)
                #expect(head.status == 200 && head["content-length"] == "\(response.bytes.count)")
                await wire.close()
            }
            await socket.close()
        }
    }

    @Test("what is not stored is not there", arguments: prefixes)
    func whatIsNotStoredIsNotThere(prefix: String) async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let transient = try await made(server, #""input":"hello","store":false"#)
            for id in [transient, "resp_unknown", "compact", "input_tokens", "a%2Fb", String(repeating: "x", count: 500)] {
                // Those two are resources of their own, without a GET.
                let isResource = ["compact", "input_tokens"].contains(id)
                for (method, below) in [(HTTPMethod.GET, ""), (.DELETE, ""), (.GET, "/input_items")] {
                    let answer = try await server.send(method, "\(prefix)/responses/\(id)\(below)", nil)
                    if isResource, below.isEmpty {
                        #expect(answer.status == 405 && answer.headers["allow"] == ["POST"])
                        continue
                    }
                    let name = id == "a%2Fb" ? "a/b" : String(id.prefix(128))
                    #expect(answer.status == 404)
                    #expect(
                        answer.json.text
                            == #"{"error":{"type":"invalid_request_error","code":null,"message":"Response with id '\#(name)' not found.","param":null}}"#)
                }
            }
        }
    }

    @Test(arguments: [
        ("include=reasoning.encrypted_content&include=message.output_text.logprobs", nil),
        ("include%5B%5D=file_search_call.results", nil), ("stream=false", nil), ("include_obfuscation=false", nil), ("stream", "stream"),
        ("include=everything", "include"), ("include[]=message.output_text.logprobs&include[]=", "include"),
        ("stream=1", "stream"), ("stream=True", "stream"), ("include_obfuscation=no", "include_obfuscation"),
        ("stream=true&starting_after=-1", "starting_after"), ("stream=true&starting_after=1.5", "starting_after"),
        ("stream=true&starting_after=", "starting_after"), ("starting_after=1", "starting_after"),
        ("stream=true&starting_after=99999999999999999999", "starting_after"),
    ] as [(String, String?)])
    func aWrongQueryIsNamed(query: String, param: String?) async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let id = try await made(server)
            let answer = try await server.get("/v1/responses/\(id)?\(query)")
            #expect(answer.status == (param == nil ? 200 : 400))
            guard let param else { return }
            #expect(answer.json.string("error.param") == param)
            #expect(answer.json.string("error.code") == "invalid_value" && answer.json.string("error.type") == "invalid_request_error")
        }
    }

    @Test func aQueryForAStreamIsRead() throws {
        let query = try RetrieveQuery(RequestQuery("stream=true&starting_after=7&include_obfuscation=false&include%5B%5D=web_search_call.results"))
        #expect(query.stream && query.startingAfter == 7 && query.includeObfuscation == false && query.include == ["web_search_call.results"])
        #expect(try RetrieveQuery(RequestQuery("")).startingAfter == nil)
        // The last value counts.
        #expect(try RetrieveQuery(RequestQuery("stream=x&stream=true&starting_after=0")).startingAfter == 0)
    }

    // MARK: Deletion

    @Test("a deleted response is neither read nor continued, and what continues it goes on")
    func aDeletedResponseIsGone() async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let socket = try await server.socket()
            let parent = try #require(try await socket.turn(#""model":"scripted","input":"first""#).string("response.id"))
            let child = try await made(server, #""input":"second","previous_response_id":"\#(parent)""#)
            // Whoever made it remembers nothing of it either: it was stored.
            let deleted = try await server.delete("/v1/responses/\(parent)")
            #expect(deleted.status == 200 && deleted.json.text == #"{"id":"\#(parent)","object":"response","deleted":true}"#)
            #expect(try await server.get("/v1/responses/\(parent)").status == 404)
            #expect(try await server.get("/v1/responses/\(parent)/input_items").status == 404)
            #expect(try await server.delete("/v1/responses/\(parent)").status == 404)
            let onward = #""model":"scripted","input":"on","previous_response_id":"\#(parent)""#
            #expect(try await server.post("/v1/responses", "{\(onward)}").json.string("error.code") == "previous_response_not_found")
            #expect(try await socket.turn(onward).string("error.code") == "previous_response_not_found")
            let items = try await server.get("/v1/responses/\(child)/input_items?order=asc").json
            #expect(items.at("data")?.elements.map { $0.string("content.0.text") } == ["first", "second"])
            #expect(try await server.get("/v1/responses/\(child)").json.string("previous_response_id") == parent)
            let grandchild = try await made(server, #""input":"third","previous_response_id":"\#(child)""#)
            // From the records as well, not only from what is cached.
            server.services.cache.remove(ResponseID(grandchild), of: .anybody)
            server.services.cache.remove(ResponseID(child), of: .anybody)
            _ = try await made(server, #""input":"fourth","previous_response_id":"\#(grandchild)""#)
            await socket.close()
        }
    }

    @Test func itsEventsGoWithIt() async throws {
        let store = MemoryStore(bytesMax: 1 << 20)
        try await TestServer.with(ScriptedEngine(), store: store) { server in
            let id = try await made(server)
            try store.append(EventSlice(first: 0, events: [.emptyObject]), of: ResponseID(id), owner: .anybody)
            #expect(try await server.delete("/v1/responses/\(id)").status == 200)
            #expect(store.events(of: ResponseID(id), after: -1, atMost: 1, owner: .anybody) == nil)
            server.services.storedMemory.changed()
        }
    }

    // MARK: Input items

    @Test("the input of a chain is read in pages, both ways")
    func inputItemsComeInPages() async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let first = try await made(server, #""input":[{"role":"user","content":"0"},{"id":"msg_mine","role":"assistant","content":"1"},{"role":"user","content":"2"}]"#)
            let last = try await made(server, #""input":[{"role":"user","content":"3"},{"role":"user","content":[{"type":"input_text","text":"4"}]}],"previous_response_id":"\#(first)""#)
            func page(_ query: String) async throws -> (texts: String, ids: [String], hasMore: Bool?) {
                let list = try await server.get("/v1/responses/\(last)/input_items?\(query)").json
                let data = list["data"]?.elements ?? []
                #expect(list.string("object") == "list")
                #expect(list.string("first_id") == data.first?.string("id") && list.string("last_id") == data.last?.string("id"))
                #expect(list["first_id"]?.isNull == data.isEmpty && list["last_id"]?.isNull == data.isEmpty)
                for item in data { #expect(item.string("type") == "message" && item.string("status") == "completed") }
                let texts = data.map { $0.string("content.0.text") ?? "?" }.joined()
                return (texts, data.compactMap { $0.string("id") }, list["has_more"]?.boolValue)
            }
            let all = try await page("order=asc")
            #expect(all.texts == "01234" && Set(all.ids).count == 5 && all.ids[1] == "msg_mine" && all.hasMore == false)
            for (query, texts, hasMore) in [
                ("", "43210", false), ("order=desc", "43210", false), ("limit=2", "43", true), ("limit=2&order=asc", "01", true),
                ("limit=5", "43210", false), ("limit=100&include[]=message.input_image.image_url", "43210", false),
                ("after=\(all.ids[1])&order=asc", "234", false), ("after=\(all.ids[3])&limit=1", "2", true), ("after=\(all.ids[0])", "", false),
                ("before=\(all.ids[3])&order=asc", "012", false), ("before=\(all.ids[3])&order=asc&limit=2", "12", true),
                ("before=\(all.ids[1])&limit=2", "32", true), ("before=\(all.ids[4])", "", false),
                ("after=\(all.ids[0])&before=\(all.ids[4])&order=asc&limit=2", "12", true),
                ("after=\(all.ids[0])&before=\(all.ids[3])&order=asc&limit=2", "12", false), ("after=&before=", "43210", false),
            ] {
                let found = try await page(query)
                #expect(found.texts == texts && found.hasMore == hasMore, "\(query)")
            }
            for (query, param) in [
                ("limit=0", "limit"), ("limit=101", "limit"), ("limit=-1", "limit"), ("limit=ten", "limit"), ("limit=", "limit"),
                ("order=up", "order"), ("include=x", "include"), ("after=msg_unknown", "after"), ("before=msg_unknown", "before"),
            ] {
                let answer = try await server.get("/v1/responses/\(last)/input_items?\(query)")
                #expect(answer.status == 400 && answer.json.string("error.param") == param && answer.json.string("error.code") == "invalid_value")
            }
            #expect(try await server.get("/v1/responses/\(first)/input_items?limit=1").json["data"]?.elements.count == 1)
        }
    }

    @Test("items are listed whole: short messages with type, status and parts, calls with a status, all else as it came")
    func itemsAreListedWhole() throws {
        for (item, listed) in [
            (#"{"id":"a","role":"user","content":"x \u00fc"}"#, #"{"id":"a","type":"message","status":"completed","content":[{"type":"input_text","text":"x ü"}],"role":"user"}"#),
            (#"{"id":"a","role":"assistant","content":"x","type":"message","phase":"commentary"}"#, #"{"id":"a","type":"message","status":"completed","content":[{"type":"output_text","text":"x","annotations":[],"logprobs":[]}],"role":"assistant","phase":"commentary"}"#),
            (#"{"type":"message","id":"a","status":"incomplete","role":"user","content":[{"type":"input_text","text":"x"}]}"#, nil),
            (#"{"type":"function_call","id":"a","call_id":"c","name":"f","arguments":"{}"}"#, #"{"id":"a","type":"function_call","status":"completed","call_id":"c","name":"f","arguments":"{}"}"#),
            (#"{"type":"function_call_output","id":"a","call_id":"c","output":"o","status":null}"#, #"{"id":"a","type":"function_call_output","status":"completed","call_id":"c","output":"o"}"#),
            (#"{"id":"a","type":"reasoning","summary":[],"encrypted_content":"sealed"}"#, nil), (#"{"id":"a","type":"vendor:thing","x":1}"#, nil),
        ] as [(String, String?)] {
            let text = try RawJSON(parsing: item).listed.text
            #expect(text == listed ?? item)
        }
    }

    // MARK: Methods

    @Test(arguments: [
        ("PUT", "/responses/resp_1", "DELETE, GET, HEAD"), ("POST", "/responses/resp_1", "DELETE, GET, HEAD"),
        ("POST", "/responses/resp_1/input_items", "GET, HEAD"), ("DELETE", "/responses/compact", "POST"), ("GET", "/responses/input_tokens", "POST"),
        ("DELETE", "/responses/input_tokens", "POST"), ("GET", "/conversations", "POST"), ("PUT", "/conversations/conv_1", "DELETE, GET, HEAD, POST"),
        ("DELETE", "/conversations/conv_1/items", "GET, HEAD, POST"), ("POST", "/conversations/conv_1/items/msg_1", "DELETE, GET, HEAD"),
    ])
    func aWrongMethodIsToldTheRightOnes(method: String, path: String, allowed: String) async throws {
        try await TestServer.with(ScriptedEngine(), configure: { $0.allowedOrigins = ["https://page.example"] }) { server in
            for prefix in Self.prefixes {
                let answer = try await server.send(HTTPMethod(rawValue: method), prefix + path, nil)
                #expect(answer.status == 405 && answer.headers["allow"] == [allowed])
                #expect(answer.json.string("error.code") == "method_not_allowed")
            }
            let wire = try await server.wire()
            try await wire.request(
                "OPTIONS", "/v1" + path, headers: [("Origin", "https://page.example"), ("Access-Control-Request-Method", "DELETE")])
            let page = try await wire.response()
            #expect(page.status == 204 && page["access-control-allow-methods"] == "GET, POST, DELETE")
            await wire.close()
        }
    }

    @Test func theListOfResponsesIsNotOne() async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            for prefix in Self.prefixes {
                for path in ["/responses", "/responses/"] {
                    let refused = try await server.get(prefix + path)
                    #expect(refused.status == 426)
                }
                let unknown = try await server.get("\(prefix)/responses/resp_1/other")
                #expect(unknown.status == 404 && unknown.json.string("error.code") == "unknown_url")
            }
        }
    }

    @Test("the access log has the path's form, never an id or a query")
    func logsNoIDs() async throws {
        let log = LogRecorder()
        try await TestServer.with(ScriptedEngine(), logger: log.logger, configure: { $0.accessLog = true }) { server in
            _ = try await server.get("/v1/responses/resp_MARKER/input_items?after=MARKER")
            _ = try await server.delete("/v1/conversations/conv_MARKER/items/msg_MARKER")
        }
        #expect(log.text.contains("/v1/responses/:response_id/input_items") && log.text.contains("/v1/conversations/:conversation_id/items/:item_id"))
        #expect(!log.text.contains("MARKER"))
    }
}
