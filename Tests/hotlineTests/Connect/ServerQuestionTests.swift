import NIOPosix
import ResponsesClient
import ResponsesEngine
import ResponsesServer
import ScriptedEngine
import Testing

@testable import hotline

/// Which server and model a client is connected to.
@Suite(.timeLimit(.minutes(1))) struct ServerQuestionTests {
    private func question(_ server: String?, _ environment: [String: String] = [:]) throws -> ServerQuestion {
        try ServerQuestion(server: server, environment: { environment[$0] })
    }

    @Test(arguments: [
        (nil, [:], "http://127.0.0.1:8484/v1", false), ("localhost:1", [:], "http://localhost:1/v1", true),
        (nil, ["HOTLINE_SERVER": "http://h:2/v1/"], "http://h:2/v1", true), (nil, ["HOTLINE_SERVER": ""], "http://127.0.0.1:8484/v1", false),
        ("https://h/x", ["HOTLINE_SERVER": "http://h:2"], "https://h/x", true),
    ])
    func whereTheServerIs(_ server: String?, _ environment: [String: String], _ url: String, _ isNamed: Bool) throws {
        let question = try question(server, environment)
        #expect(question.baseURL == url && question.isNamed == isNamed)
    }

    @Test func theKeyIsInAVariable() throws {
        #expect(try question(nil, ["HOTLINE_API_KEY": "a", "HOTLINE_KEY": "b"]).key == "a")
        #expect(try question(nil, ["HOTLINE_API_KEY": "", "HOTLINE_KEY": "b"]).key == "b")
        #expect(try question(nil).key == nil)
        #expect(throws: Failure.self) { try question("ftp://h") }
    }

    private let listed = [ListedModel(name: "a", contextTokens: 4096), ListedModel(name: "b")]

    @Test func theModelIsTheNamedOrTheFirst() throws {
        let question = ServerQuestion(baseURL: "http://h/v1", key: nil)
        #expect(try question.choose(nil, of: listed) == ServedModel(baseURL: "http://h/v1", name: "a", contextTokens: 4096))
        #expect(try question.choose("b", of: listed).name == "b")
        #expect(try question.choose("any", of: []).name == "any")
        let unknown = try #require(throws: Failure.self) { try question.choose("c", of: listed) }
        #expect(unknown.message == "the server at http://h/v1 has no model 'c'" && unknown.wayOut.contains("'a', 'b'") && unknown.code == 64)
        #expect(throws: Failure.self) { try question.choose(nil, of: []) }
    }

    @Test func aRunningServerIsAsked() async throws {
        var configuration = ServerConfiguration()
        configuration.keys = APIKeys(["right"])
        let engines = EnginesByModel([
            EngineMember(
                id: "scripted", engine: ScriptedEngine(), models: ["m": NamedModel("scripted", contextTokens: 9000)], offersList: false)
        ])
        let group = MultiThreadedEventLoopGroup.singleton
        try await LocalServer.with(engines, configuration, on: group) { url in
            let question = ServerQuestion(baseURL: url, key: "right")
            let listed = try await question.models()
            for spoken in SpokenProtocol.allCases {
                let isServed = try await question.serves(spoken)
                #expect(isServed, "\(spoken)")
            }
            #expect(listed == [ListedModel(name: "m", contextTokens: 9000)])
            let wrong = await #expect(throws: Failure.self) { _ = try await ServerQuestion(baseURL: url, key: "wrong").models() }
            #expect(wrong?.code == 77 && wrong?.wayOut.contains("HOTLINE_API_KEY") == true && wrong?.message.contains("wrong") == false)
        }
        let nobody = try await ServerQuestion(baseURL: "http://127.0.0.1:1/v1", key: nil).models()
        #expect(nobody == nil)
    }
}
