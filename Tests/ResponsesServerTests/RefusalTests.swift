import ResponsesAPI
import ResponsesCore
import Testing

@testable import ResponsesServer

/// What HTTP requests are refused for, and how: in JSON, with an id, on a connection that lives on.
@Suite(.timeLimit(.minutes(1))) struct RefusalTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        var method: String
        var path: String
        var body: String?
        var status: Int
        var code: String?
        var param: String?
        var testDescription: String { "\(method) \(path) \(body?.prefix(60) ?? "")" }
    }

    @Test(arguments: [
        Refusal(method: "POST", path: "/v1/responses", body: "{", status: 400, code: "invalid_json"),
        Refusal(method: "POST", path: "/v1/responses", body: "[]", status: 400, code: "invalid_json"),
        Refusal(method: "POST", path: "/v1/responses", body: "", status: 400, code: "invalid_json"),
        Refusal(
            method: "POST", path: "/v1/responses", body: #"{"input":"x"}"#, status: 400, code: "missing_required_parameter",
            param: "model"),
        Refusal(
            method: "POST", path: "/v1/responses", body: #"{"model":"m"}"#, status: 400, code: "missing_required_parameter",
            param: "input"),
        Refusal(
            method: "POST", path: "/v1/responses", body: #"{"model":"n","input":"x"}"#, status: 404, code: "model_not_found",
            param: "model"),
        Refusal(
            method: "POST", path: "/v1/responses", body: #"{"model":"m","input":"x","previous_response_id":"resp_x"}"#,
            status: 400, code: "previous_response_not_found", param: "previous_response_id"),
        Refusal(
            method: "POST", path: "/v1/responses", body: #"{"model":"m","input":"x","stream_id":"a"}"#, status: 400,
            code: "unknown_parameter", param: "stream_id"),
        Refusal(
            method: "POST", path: "/v1/responses", body: #"{"model":"m","input":"x","background":true,"store":false}"#, status: 400,
            code: "unsupported_value", param: "background"),
        Refusal(method: "GET", path: "/v1/nothing", status: 404, code: "unknown_url"),
        Refusal(method: "GET", path: "/", status: 404, code: "unknown_url"),
        Refusal(method: "POST", path: "/v1/responses/resp_1", body: "{}", status: 405, code: "method_not_allowed"),
        Refusal(method: "POST", path: "/v1/responses/resp_1/nothing", body: "{}", status: 404, code: "unknown_url"),
        Refusal(method: "GET", path: "/v1/models/nothing", status: 404, code: "model_not_found", param: "model"),
        Refusal(method: "DELETE", path: "/v1/responses", status: 405, code: "method_not_allowed"),
        Refusal(method: "PUT", path: "/responses", body: "{}", status: 405, code: "method_not_allowed"),
        Refusal(method: "POST", path: "/v1/models", body: "{}", status: 405, code: "method_not_allowed"),
        Refusal(method: "GET", path: "/v1/responses/compact", status: 405, code: "method_not_allowed"),
        Refusal(method: "OPTIONS", path: "/v1/responses", status: 405, code: "method_not_allowed"),
        Refusal(method: "GET", path: "/v1/responses", status: 426),
        Refusal(method: "GET", path: "/responses/", status: 426),
    ])
    func refusalsAreJSON(_ refusal: Refusal) async throws {
        try await TestServer.with(HandEngine()) { server in
            let wire = try await server.wire()
            try await wire.request(refusal.method, refusal.path, body: refusal.body)
            let response = try await wire.response()
            #expect(response.status == refusal.status)
            #expect(response["content-type"] == "application/json")
            #expect(response.count("content-length") == 1)
            #expect(response["x-request-id"] != nil)
            if refusal.status == 405 { #expect(response["allow"] != nil) }
            let json = try RawJSON(parsing: response.body)
            #expect(json.string("error.type") == "invalid_request_error")
            #expect(json.string("error.message")?.isEmpty == false)
            #expect(json.string("error.code") == refusal.code)
            #expect(json.string("error.param") == refusal.param)
            // The connection lives on.
            try await wire.request("GET", "/health")
            #expect(try await wire.response().status == 200)
            await wire.close()
        }
    }

    @Test func aHeadRequestHasNoBody() async throws {
        try await TestServer.with(HandEngine()) { server in
            let wire = try await server.wire()
            for (path, status) in [("/v1/models", 200), ("/health", 200), ("/v1/nothing", 404), ("/v1/responses", 426)] {
                try await wire.request("HEAD", path)
                let response = try await wire.response(toHead: true)
                #expect(response.status == status, "\(path)")
            }
            // A body would be taken for the next answer.
            try await wire.request("GET", "/health")
            #expect(try await wire.response().text.contains("ok"))
            await wire.close()
        }
    }

    @Test func aBodyAboveTheLimitIsRefused() async throws {
        try await TestServer.with(HandEngine(), configure: { $0.limits.messageBytesMax = 1000 }) { server in
            for path in ["/v1/responses", "/v1/responses/compact"] {
                let (status, _, json) = try await server.post(
                    path, #"{"model":"m","input":"\#(String(repeating: "x", count: 2000))"}"#)
                #expect(status == 413)
                #expect(json.string("error.code") == "request_too_large")
            }
        }
    }

    @Test(arguments: ["NONSENSE\r\n\r\n", "GET /health HTTP/1.1\r\nbad header\r\n\r\n", "\u{16}\u{3}\u{1}\u{0}"])
    func whatIsNotHTTPIsToldSo(text: String) async throws {
        try await TestServer.with(HandEngine()) { server in
            let wire = try await server.wire()
            try await wire.send(text)
            let answer = String(decoding: await wire.readToEnd(), as: UTF8.self)
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
            await wire.close()
        }
    }
}
