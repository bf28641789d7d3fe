import ResponsesAPI
import ResponsesCore
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// Who gets a socket: all others get a proper HTTP answer before any upgrade (websocket-mode 2).
@Suite(.timeLimit(.minutes(1))) struct HandshakeTests {
    struct Handshake: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var path = "/v1/responses"
        /// Instead of the right ones of the same name; an empty value leaves it out.
        var headers: [(String, String)] = []
        var status: Int
        var code: String?
    }

    @Test(arguments: [
        Handshake(testDescription: "no key", status: 401, code: "invalid_api_key"),
        Handshake(
            testDescription: "wrong key", headers: [("Authorization", "Bearer wrong")], status: 401, code: "invalid_api_key"),
        Handshake(
            testDescription: "web page", headers: [("Authorization", "Bearer right"), ("Origin", "https://evil.example")],
            status: 403, code: "origin_not_allowed"),
        Handshake(
            testDescription: "old version", headers: [("Authorization", "Bearer right"), ("Sec-WebSocket-Version", "8")],
            status: 426),
        Handshake(
            testDescription: "no nonce", headers: [("Authorization", "Bearer right"), ("Sec-WebSocket-Key", "")], status: 400),
        Handshake(
            testDescription: "other protocol", headers: [("Authorization", "Bearer right"), ("Upgrade", "h2c")], status: 426),
        Handshake(testDescription: "other path", path: "/v1/realtime", status: 404, code: "unknown_url"),
    ])
    func refusesBeforeTheUpgrade(_ handshake: Handshake) async throws {
        try await TestServer.with(HandEngine(), configure: { $0.keys = APIKeys(["right"]) }) { server in
            let wire = try await server.wire()
            let given = Set(handshake.headers.map { $0.0.lowercased() })
            let headers = Socket.handshake.filter { !given.contains($0.0.lowercased()) }
                + handshake.headers.filter { !$0.1.isEmpty }
            try await wire.request("GET", handshake.path, headers: headers)
            let response = try await wire.response()
            #expect(response.status == handshake.status)
            #expect(response["content-type"] == "application/json")
            #expect(response.count("content-length") == 1)
            #expect(response["x-request-id"] != nil)
            if response.status == 426 { #expect(response["upgrade"] == "websocket") }
            let json = try RawJSON(parsing: response.body)
            #expect(json.string("error.message")?.isEmpty == false)
            #expect(json.string("error.code") == handshake.code)
            // The server ends what cannot be used any more.
            #expect(await wire.readToEnd().isEmpty)
            await wire.close()
        }
    }

    @Test func originsThatAreAllowedComeIn() async throws {
        try await TestServer.with(HandEngine(), configure: { $0.allowedOrigins = ["https://app.example"] }) { server in
            let socket = try await server.socket(headers: [("Origin", "https://app.example")])
            await socket.close()
            for headers in [[("Origin", "https://app.example:1")], [("Host", "rebound.example:8484")]] {
                await #expect(throws: Socket.Refused.self) { try await server.socket(headers: headers) }
                let wire = try await server.wire()
                try await wire.request("POST", "/v1/responses", headers: headers, body: "{}")
                #expect(try await wire.response().status == 403)
                await wire.close()
            }
        }
    }

    @Test func asManySocketsAsItTakes() async throws {
        try await TestServer.with(HandEngine(), configure: { $0.limits.connectionsMax = 2 }) { server in
            let first = try await server.socket(), second = try await server.socket()
            let refused = await #expect(throws: Socket.Refused.self) { try await server.socket() }
            #expect(refused?.response.status == 503)
            #expect(refused?.response["retry-after"] == "5")
            let body = try RawJSON(parsing: refused?.response.body ?? [])
            #expect(body.string("error.code") == "server_is_overloaded")
            // HTTP goes on, and a place that was left is free.
            #expect(try await server.get("/health").json.int("connections") == 2)
            await first.close()
            let third = try await server.socket()
            await second.close()
            await third.close()
        }
    }

    /// A client that vanishes in the middle of the handshake takes no place for ever.
    @Test func lostHandshakesLeaveNoTrace() async throws {
        try await TestServer.with(HandEngine(), configure: { $0.limits.connectionsMax = 4 }) { server in
            for _ in 0..<40 {
                let wire = try await server.wire()
                try await wire.request("GET", "/v1/responses", headers: Socket.handshake)
                try await wire.reset()
            }
            while try await server.get("/health").json.int("connections") != 0 {}
            let socket = try await server.socket()
            await socket.close()
        }
    }

    /// What makes these of a base URL is a slash at its end. HTTP serves them, and so does the socket.
    @Test(arguments: ["//v1/responses", "/v1//responses", "/v1/responses//", "/v1/responses/?x=1", "http://127.0.0.1/v1/responses"])
    func aPathThatHTTPServesOpensASocket(path: String) async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let socket = try await server.socket(path)
            #expect(try await socket.turn(#""model":"scripted","input":"hello""#).type == "response.completed")
            await socket.close()
        }
    }
}
