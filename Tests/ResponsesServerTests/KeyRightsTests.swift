import ResponsesAPI
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// What a key may do: which models, how much memory, whether to store. And what a request without a model means.
@Suite(.timeLimit(.minutes(1))) struct KeyRightsTests {
    private func keys(_ change: (inout KeyRights) -> Void) -> APIKeys {
        var rights = KeyRights()
        change(&rights)
        var keys = APIKeys(["admin"])
        keys.add("alice", rights: rights)
        return keys
    }

    @Test func aKeySeesAndGetsItsModelsOnly() async throws {
        let keys = keys { $0.models = ["scripted"] }
        try await TestServer.with(ScriptedEngine(), configure: { $0.keys = keys }) { server in
            let body = #"{"model":"m","input":"x"}"#
            let refused = try await server.post("/v1/responses", body, key: "alice")
            #expect(refused.status == 404 && refused.json.string("error.code") == "model_not_found")
            #expect(refused.json.string("error.message")?.contains("'scripted'") ?? false)
            #expect(try await server.post("/v1/responses", body, key: "admin").json.string("error.code") != "model_not_found")
            #expect(try await server.get("/v1/models", key: "alice").json["data"]?.elements.compactMap { $0.string("id") } == ["scripted"])
            // It is for one model, which a request without one means.
            let answer = try await server.post("/v1/responses", #"{"input":"x"}"#, key: "alice")
            #expect(answer.status == 200 && answer.json.string("model") == "scripted")
        }
        let other = self.keys { $0.models = ["other"] }
        try await TestServer.with(ScriptedEngine(), configure: { $0.keys = other }) { server in
            #expect(try await server.get("/v1/models", key: "alice").json["data"]?.elements.count == 0)
            #expect(try await server.get("/v1/models/scripted", key: "alice").status == 404)
            let socket = try await server.socket(headers: [("Authorization", "Bearer alice")])
            #expect(try await socket.turn(#""model":"scripted","input":"x","store":false"#).string("error.code") == "model_not_found")
            await socket.close()
        }
    }

    @Test func aKeyWithoutStorageStoresNothing() async throws {
        let keys = keys { $0.mayStore = false }
        try await TestServer.with(ScriptedEngine(), configure: { $0.keys = keys }) { server in
            for (key, isStored) in [("alice", false), ("admin", true)] {
                let made = try await server.post("/v1/responses", #"{"model":"scripted","input":"x","store":true}"#, key: key).json
                #expect(made["store"]?.boolValue == isStored)
                let next = #"{"model":"scripted","input":"y","previous_response_id":"\#(made.string("id") ?? "")"}"#
                #expect(try await server.post("/v1/responses", next, key: key).status == (isStored ? 200 : 400))
            }
        }
    }

    @Test("a server that keeps no data stores nothing, with keys and without", arguments: [[], ["admin"]])
    func aServerThatKeepsNoData(_ admins: [String]) async throws {
        var keys = APIKeys(admins)
        if !admins.isEmpty {
            var rights = KeyRights()
            rights.memoryShare = 0.25
            keys.add("alice", rights: rights)
        }
        keys.mayStore = false
        let unstoring = keys
        try await TestServer.with(ScriptedEngine(), configure: { $0.keys = unstoring }) { server in
            for key in admins.isEmpty ? ["any"] : ["admin", "alice"] {
                let made = try await server.post("/v1/responses", #"{"model":"scripted","input":"x","store":true}"#, key: key).json
                #expect(made["store"]?.boolValue == false && made.string("status") == "completed")
                let next = #"{"model":"scripted","input":"y","previous_response_id":"\#(made.string("id") ?? "")"}"#
                #expect(try await server.post("/v1/responses", next, key: key).status == 400)
            }
        }
    }

    @Test func withOneModelARequestNeedNotNameIt() async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            // Two are known until the engine was asked.
            #expect(try await server.post("/v1/responses", #"{"input":"x"}"#).json.string("error.code") == "missing_required_parameter")
            _ = try await server.get("/v1/models")
            let answer = try await server.post("/v1/responses", #"{"input":"x"}"#)
            #expect(answer.status == 200 && answer.json.string("model") == "scripted")
            let socket = try await server.socket()
            #expect(try await socket.turn(#""model":null,"input":"x","store":false"#).string("response.model") == "scripted")
            await socket.close()
        }
    }

    @Test func aHashIsAKey() {
        var keys = APIKeys([])
        let isTaken = keys.add(sha256: "2BD806C97F0E00AF1A1FC3328FA763A9269723C8DB8FAC4F93AF71DB186D6E90")
        #expect(isTaken)
        for text in ["", "2bd8", String(repeating: "g", count: 64), String(repeating: "é", count: 32)] {
            let isTaken = keys.add(sha256: text)
            #expect(!isTaken)
        }
        // The SHA-256 of `alice`.
        #expect(keys.owner(authorization: "Bearer alice") == APIKeys(["alice"]).owner(authorization: "Bearer alice"))
        #expect(keys.owner(authorization: "Bearer bob") == nil && keys.owner(authorization: nil) == nil && !keys.isEmpty)
    }

    @Test func anOwnersShareIsItsOwn() throws {
        let keys = keys { $0.memoryShare = 0.25 }
        let alice = try #require(keys.owner(authorization: "Bearer alice"))
        #expect(keys.memoryShares == [alice: 0.25])
    }
}
