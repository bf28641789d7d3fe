import ResponsesAPI
import ResponsesEngine
import ResponsesWebSocket
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// No log line holds a key, a prompt or an output (ARCHITECTURE, property 6).
@Suite(.timeLimit(.minutes(1))) struct PrivacyTests {
    @Test func logsTellNothingOfWhatWasSaid() async throws {
        let log = LogRecorder()
        let engine = HandEngine()
        let markers = ["MARKERkey", "MARKERprompt", "MARKERinstructions", "MARKERoutput", "MARKERtool", "MARKERmetadata"]
        let fields = #""input":"MARKERprompt","instructions":"MARKERinstructions","metadata":{"a":"MARKERmetadata"},"#
            + #""tools":[{"type":"function","name":"MARKERtool"}]"#
        try await TestServer.with(
            engine, logger: log.logger,
            configure: {
                $0.keys = APIKeys(["MARKERkey"])
                $0.accessLog = true
            }
        ) { server in
            let socket = try await server.socket(headers: [("Authorization", "Bearer MARKERkey")])
            try await socket.send(create(fields))
            try await engine.next().answer("MARKERoutput")
            #expect(try await socket.terminal().type == "response.completed")
            try await socket.send(create(fields))
            let failing = try await engine.next()
            failing.send("MARKERoutput")
            failing.fail(EngineError(.failed, "The engine failed."))
            #expect(try await socket.terminal().type == "response.failed")
            // What is wrong is told to the client and to nobody else.
            try await socket.send(#"{"type":"MARKERprompt"}"#)
            try await socket.send("MARKERprompt {")
            try await socket.send(create(#""input":[{"type":"message","role":"MARKERprompt","content":"MARKERprompt"}]"#))
            for _ in 0..<3 { #expect(try await socket.event().type == "error") }
            try await socket.send(.binary, Array("MARKERprompt".utf8))
            #expect(await socket.closeCode() == 1003)
            await socket.close()
            for stream in [true, false] {
                let wire = try await server.wire()
                let body = #"{"model":"m","stream":\#(stream),\#(fields)}"#
                try await wire.request("POST", "/v1/responses", headers: [("Authorization", "Bearer MARKERkey")], body: body)
                try await engine.next().answer("MARKERoutput")
                if stream { _ = try await wire.read(through: "[DONE]") } else { _ = try await wire.response() }
                try await wire.request("POST", "/v1/responses", headers: [("Authorization", "Bearer MARKERkey")], body: body)
                _ = try await engine.next()
                try await wire.reset()
            }
            for (key, body) in [("MARKERkey2", "{}"), ("MARKERkey", #"{"model":"MARKERprompt","input":"x"}"#), ("MARKERkey", "MARKERprompt")] {
                #expect(try await server.post("/v1/responses", body, key: key).status >= 400)
            }
            #expect(try await server.get("/v1/models/MARKERprompt", key: "MARKERkey").status == 404)
            let wire = try await server.wire()
            try await wire.send("MARKERprompt\r\n\r\n")
            _ = await wire.readToEnd()
            await wire.close()
        }
        #expect(log.count > 4, "nothing was logged, so nothing was shown")
        for marker in markers { #expect(!log.text.contains(marker), "\(marker)") }
    }

    /// An error names what the client sent, never what the server holds.
    @Test func errorsTellNothingOfTheServer() async throws {
        try await TestServer.with(HandEngine(), configure: { $0.keys = APIKeys(["MARKERkey"]) }) { server in
            for (path, key) in [("/v1/responses", "wrong"), ("/v1/models", "MARKERke"), ("/nothing", "MARKERkey")] {
                let (_, _, json) = try await server.get(path, key: key)
                #expect(!json.text.contains("MARKERkey"))
                #expect(!json.text.contains("/work") && !json.text.contains(".swift"))
            }
        }
    }
}
