import ResponsesAPI
import ResponsesCore
import ResponsesStore
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// Whose response it is: its key's when stored, on every transport, and else its connection's alone.
@Suite(.timeLimit(.minutes(1))) struct OwnerTests {
    @Test func responsesAreTheirKeysOnBothTransports() async throws {
        try await TestServer.with(ScriptedEngine(), configure: { $0.keys = APIKeys(["alice", "bob"]) }) { server in
            let alice = try await server.socket(headers: [("Authorization", "Bearer alice")])
            let bob = try await server.socket(headers: [("Authorization", "Bearer bob")])
            let made = try await alice.turn(#""model":"scripted","input":"over the socket""#)
            let bySocket = try #require(made.string("response.id"))
            let answer = try await server.post("/v1/responses", #"{"model":"scripted","input":"over HTTP"}"#, key: "alice")
            let byHTTP = try #require(answer.json.string("id"))
            for id in [bySocket, byHTTP] {
                let fields = #""model":"scripted","input":"on","previous_response_id":"\#(id)""#
                #expect(try await server.post("/v1/responses", "{\(fields)}", key: "alice").status == 200)
                #expect(try await alice.turn(fields).type == "response.completed")
                #expect(try await bob.turn(fields).string("error.code") == "previous_response_not_found")
                let foreign = try await server.post("/v1/responses", "{\(fields)}", key: "bob")
                #expect(foreign.status == 400)
                // As an unknown one, word for word.
                #expect(foreign.json.string("error.message") == "Previous response with id '\(id)' not found.")
            }
            await alice.close()
            // Stored, so it outlives its connection.
            let again = try await server.socket(headers: [("Authorization", "Bearer alice")])
            let fields = #""model":"scripted","input":"on","previous_response_id":"\#(bySocket)""#
            #expect(try await again.turn(fields).type == "response.completed")
            await again.close()
            await bob.close()
        }
    }

    /// What a client was given sealed is for that client's key alone: another's reasoning or summary does not open, as the
    /// model would say it aloud (responses-api 4, responses-api 10).
    @Test func whatIsSealedIsTheirKeysToo() async throws {
        try await TestServer.with(ScriptedEngine(), configure: { $0.keys = APIKeys(["alice", "bob"]) }) { server in
            let compacted = try await server.post(
                "/v1/responses/compact", #"{"model":"scripted","input":"We plan a walk."}"#, key: "alice").json
            let thought = try await server.post(
                "/v1/responses",
                #"{"model":"scripted","input":"[[think:deep]] go","store":false,"include":["reasoning.encrypted_content"]}"#,
                key: "alice").json
            #expect(thought.string("output.0.encrypted_content") != nil)
            for made in [compacted, thought] {
                let items = (made.at("output")?.elements ?? []).map { $0.withoutContent }
                let body = #"{"model":"scripted","input":[\#(items.joined(separator: ",")),{"role":"user","content":"on"}]}"#
                #expect(try await server.post("/v1/responses", body, key: "alice").status == 200)
                let foreign = try await server.post("/v1/responses", body, key: "bob")
                if body.contains("compaction") {
                    #expect(foreign.status == 400 && foreign.json.string("error.code") == "invalid_encrypted_content")
                } else {
                    #expect(foreign.status == 200 && !foreign.json.text.contains("deep"))
                }
            }
        }
    }

    @Test func whatIsNotStoredIsItsConnectionsAlone() async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let one = try await server.socket(), other = try await server.socket()
            let made = try await one.turn(#""model":"scripted","store":false,"input":"mine""#)
            let id = try #require(made.string("response.id"))
            let fields = #""model":"scripted","store":false,"input":"on","previous_response_id":"\#(id)""#
            #expect(try await other.turn(fields).string("error.code") == "previous_response_not_found")
            #expect(try await server.post("/v1/responses", "{\(fields)}").json.string("error.code") == "previous_response_not_found")
            #expect(try await one.turn(fields).type == "response.completed")
            #expect((server.services.store as? MemoryStore)?.count == 0)
            #expect(server.services.cache.count == 0)
            await one.close()
            await other.close()
        }
    }
}

extension RawJSON {
    /// A reasoning item as clients keep it that do not keep the text: sealed. Other items as they are.
    fileprivate var withoutContent: String {
        guard self["type"]?.stringValue == "reasoning" else { return text }
        let sealed = self["encrypted_content"]?.text ?? "null"
        return #"{"type":"reasoning","summary":[],"encrypted_content":\#(sealed)}"#
    }
}
