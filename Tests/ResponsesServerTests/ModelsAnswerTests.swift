import ResponsesAPI
import ResponsesEngine
import Testing

@testable import ResponsesServer

/// One list of models for every kind of client (anthropic-messages 7).
@Suite(.timeLimit(.minutes(1))) struct ModelsAnswerTests {
    @Test func everyClientFindsItsFields() {
        let model = EngineModel(id: "org/m", created: 1_795_615_000, ownedBy: "o", contextTokens: 32_768, outputTokens: 8192)
        #expect(
            String(decoding: ModelsAnswer([model], lite: nil).json, as: UTF8.self)
                == #"{"object":"list","has_more":false,"first_id":"org/m","last_id":"org/m","data":[{"id":"org/m","object":"model","#
                + #""created":1795615000,"owned_by":"o","type":"model","display_name":"org/m","created_at":"2026-11-25T13:56:40Z","#
                + #""lifecycle":"active","max_input_tokens":32768,"max_tokens":8192,"context_length":32768,"max_model_len":32768,"#
                + #""context_window":32768}]}"#)
    }

    /// A number that is made up would be believed.
    @Test func whatIsNotKnownIsLeftOut() {
        #expect(
            String(decoding: ModelsAnswer([EngineModel(id: "m")], lite: nil).json, as: UTF8.self)
                == #"{"object":"list","has_more":false,"first_id":"m","last_id":"m","data":[{"id":"m","object":"model","created":0,"#
                + #""owned_by":"engine","type":"model","display_name":"m","created_at":"1970-01-01T00:00:00Z","lifecycle":"active"}]}"#)
        #expect(
            String(decoding: ModelsAnswer([], lite: nil).json, as: UTF8.self)
                == #"{"object":"list","has_more":false,"first_id":null,"last_id":null,"data":[]}"#)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (951_827_696, "2000-02-29T12:34:56Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
        (1_795_615_000_000, "1970-01-01T00:00:00Z"), (-1, "1970-01-01T00:00:00Z"),
    ])
    func dates(_ seconds: Int, _ text: String) { #expect(RFC3339Date.text(at: seconds) == text) }

    // MARK: Pages

    @Test(arguments: [
        ("", "abcde", false), ("limit=1000", "abcde", false), ("limit=5", "abcde", false), ("limit=2", "ab", true),
        ("limit=2&after_id=b", "cd", true), ("limit=2&after_id=c", "de", false), ("after_id=e", "", false), ("after_id=", "abcde", false),
        ("limit=2&before_id=e", "cd", true), ("limit=2&before_id=c", "ab", false), ("before_id=a", "", false),
        ("client_version=1.2", "abcde", false),
    ])
    func pages(_ query: String, _ ids: String, _ hasMore: Bool) throws {
        let models = "abcde".map { EngineModel(id: String($0)) }
        let (part, more) = try ModelsPage(RequestQuery(query)).part(of: models)
        #expect(part.map(\.id).joined() == ids && more == hasMore)
    }

    @Test(arguments: [
        ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=x", "limit"), ("after_id=z", "after_id"), ("before_id=z", "before_id"),
        ("after_id=a&before_id=b", "before_id"),
    ])
    func wrongPages(_ query: String, _ param: String) {
        let error = #expect(throws: APIError.self) { try ModelsPage(RequestQuery(query)).part(of: [EngineModel(id: "a"), EngineModel(id: "b")]) }
        #expect(error?.param == param && error?.status == 400)
    }

    @Test func aPageHasItsOwnTag() {
        let model = EngineModel(id: "m")
        #expect(ModelsAnswer([model], hasMore: true, lite: nil).tag != ModelsAnswer([model], lite: nil).tag)
    }

    @Test func overHTTP() async throws {
        try await TestServer.with(HandEngine()) { server in
            let list = try await server.get("/v1/models?limit=1000")
            let first = list.json["data"]?.elements.first
            #expect(first?.string("type") == "model" && first?.string("lifecycle") == "active" && list.json["has_more"]?.boolValue == false)
            let one = try await server.get("/v1/models/\(first?.string("id") ?? "")")
            #expect(one.json == first)
            #expect(try await server.get("/v1/models?limit=0").status == 400)
        }
    }
}
