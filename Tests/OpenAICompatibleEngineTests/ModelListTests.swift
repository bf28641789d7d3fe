import ResponsesEngine
import Testing

@testable import OpenAICompatibleEngine

/// Lists of models as engines write them.
@Suite struct ModelListTests {
    private func read(_ text: String) -> ModelListing { ModelList.read(Array(text.utf8)) }

    @Test(arguments: [
        (#"{"object":"list","data":[{"id":"a"},{"id":"b"}]}"#, ["a", "b"]), (#"[{"id":"a"}]"#, ["a"]), (#"["a","b"]"#, ["a", "b"]),
        (#"{"models":[{"name":"models/a"},{"model":"b:latest"}]}"#, ["models/a", "b:latest"]),
        (#"{"object":"list","data":null}"#, []), (#"{"data":null}"#, []), ("null", []), ("[]", []), (#"{"data":[]}"#, []),
        // What has no name is left out; what comes twice comes once.
        (#"{"data":[{"id":"a"},{"object":"model"},{"id":""},{"id":"a"},7,null]}"#, ["a"]),
        (#"{"data":null,"models":null,"object":"list"}"#, []), (#"{"result":[{"id":"x"}],"success":true}"#, ["x"]),
    ])
    func everyFormIsRead(_ text: String, _ names: [String]) {
        guard case .list(let models, true) = read(text) else {
            Issue.record("\(read(text))")
            return
        }
        #expect(models.map(\.id) == names)
    }

    @Test(arguments: [
        #"{"data":[{"id":"a"}],"has_more":true,"last_id":"a"}"#, #"{"models":[{"name":"a"}],"nextPageToken":"t"}"#,
        #"{"data":[{"id":"a"}],"next":"/models?page=2"}"#,
    ])
    func aPageIsPartOfAList(_ text: String) { #expect(read(text) == .list([EngineModel(id: "a")], isWhole: false)) }

    @Test(arguments: ["", "<html>", "{}", "7", #""a""#, #"{"data":{"id":"a"}}"#, #"{"data":[{"id":"a"}"#, #"{"error":"no"}"#])
    func whatIsNone(_ text: String) {
        guard case .missing = read(text) else {
            Issue.record("\(read(text))")
            return
        }
    }

    @Test(arguments: [
        (#""max_model_len":8192"#, 8192), (#""meta":{"n_ctx":4096,"n_ctx_train":131072}"#, 4096), (#""meta":{"n_ctx_train":131072}"#, 131_072),
        (#""context_length":200000,"top_provider":{"context_length":100000}"#, 200_000), (#""context_window":131072"#, 131_072),
        (#""max_context_length":32768,"loaded_context_length":8192"#, 8192), (#""max_context_length":32768"#, 32768),
        (#""inputTokenLimit":1048576"#, 1_048_576), (#""limits":{"max_input_tokens":128000}"#, 128_000), (#""context_length":0"#, nil),
        (#""context_length":null"#, nil), (#""object":"model""#, nil),
    ])
    func theContextIsWhatTheEngineSays(_ field: String, _ tokens: Int?) {
        #expect(read(#"{"data":[{"id":"a",\#(field)}]}"#).models.first?.contextTokens == tokens)
    }

    @Test(arguments: [
        (#""top_provider":{"context_length":9,"max_completion_tokens":4096}"#, 4096), (#""max_completion_tokens":8192"#, 8192),
        (#""outputTokenLimit":100"#, 100), (#""max_output_tokens":0"#, nil), (#""max_tokens":32768"#, nil), (#""max_output_tokens":null"#, nil),
    ] as [(String, Int?)])
    func theLongestAnswer(_ field: String, _ tokens: Int?) {
        #expect(read(#"{"data":[{"id":"a",\#(field)}]}"#).models.first?.outputTokens == tokens)
    }

    @Test(arguments: [
        ("llama.cpp", #"{"default_generation_settings":{"n_ctx":4096},"total_slots":4}"#, 4096), ("llama.cpp", #"{"role":"router"}"#, 100),
        ("llama.cpp", #"{"default_generation_settings":{"n_ctx":0}}"#, 100), ("llama.cpp", "nonsense", 100),
        ("ollama", #"{"models":[{"name":"m","model":"m","context_length":32768,"size_vram":1}]}"#, 32768), ("ollama", #"{"models":[]}"#, 100),
        ("lmstudio", #"{"data":[{"id":"m","state":"loaded","loaded_context_length":8192,"max_context_length":131072}]}"#, 8192),
        ("lmstudio", #"{"data":[{"id":"other","max_context_length":131072}]}"#, 100),
    ])
    func someSayTheContextElsewhere(_ profile: String, _ body: String, _ tokens: Int) throws {
        let source = try #require(ContextSource(profile: profile))
        #expect(source.models([EngineModel(id: "m", contextTokens: 100)], by: Array(body.utf8)).map(\.contextTokens) == [tokens])
    }

    @Test(arguments: [
        (#""architecture":{"input_modalities":["text","image"]}"#, true), (#""architecture":{"input_modalities":["text"]}"#, false),
        (#""capabilities":{"vision":true,"completion_chat":true}"#, true), (#""capabilities":{"completion_chat":true}"#, nil),
        (#""capabilities":["completion","multimodal"]"#, true), (#""capabilities":["completion"]"#, false),
        (#""type":"vlm""#, true), (#""type":"llm""#, false), (#""type":"embeddings""#, nil), (#""object":"model""#, nil),
    ])
    func imagesAreTakenAsTheEngineSays(_ field: String, _ takes: Bool?) {
        #expect(read(#"{"data":[{"id":"a",\#(field)}]}"#).models.first?.takesImages == takes)
    }

    @Test func llamaCppSaysElsewhereWhetherItSees() throws {
        let source = try #require(ContextSource(profile: "llama.cpp"))
        let body = #"{"default_generation_settings":{"n_ctx":4096},"modalities":{"vision":true,"audio":false}}"#
        #expect(source.models([EngineModel(id: "m")], by: Array(body.utf8)) == [EngineModel(id: "m", contextTokens: 4096, takesImages: true)])
    }
}
