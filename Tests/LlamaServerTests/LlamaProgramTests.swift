import ChildProcess
import Testing

@testable import LlamaServer

/// Where the server is looked for, and what it is told.
@Suite struct LlamaProgramTests {
    private func find(_ given: String? = nil, files: Set<String>, wheels: Set<String> = [], _ more: [String: String] = [:]) async -> LlamaProgram? {
        let variables = ["PATH": "/usr/bin:/bin", "HOME": "/home/me"].merging(more) { $1 }
        return await LlamaProgram.find(given, variables: variables, isExecutable: { files.contains($0) }, hasWheel: { wheels.contains($0) })
    }

    @Test func pathFirstThenCommonPlacesThenTheWheel() async {
        let all: Set = ["/bin/llama-server", "/opt/homebrew/bin/llama-server", "/home/me/.local/bin/llama-server", "/usr/bin/python3"]
        #expect(await find(files: all, wheels: ["/usr/bin/python3"]) == .server(path: "/bin/llama-server"))
        #expect(await find(files: all.subtracting(["/bin/llama-server"])) == .server(path: "/opt/homebrew/bin/llama-server"))
        #expect(await find(files: ["/home/me/.local/bin/llama-server"]) == .server(path: "/home/me/.local/bin/llama-server"))
        #expect(await find(files: ["/home/me/llama.cpp/build/bin/llama-server"]) == .server(path: "/home/me/llama.cpp/build/bin/llama-server"))
        #expect(await find(files: ["/usr/bin/python3"], wheels: ["/usr/bin/python3"]) == .wheel(python: "/usr/bin/python3"))
        #expect(await find(files: ["/usr/bin/python3"]) == nil)
        #expect(await find(files: []) == nil)
    }

    @Test func anActiveEnvironmentOfPythonGoesFirst() async {
        let files: Set = ["/venv/bin/python3", "/usr/bin/python3"]
        let found = await find(files: files, wheels: files, ["VIRTUAL_ENV": "/venv"])
        #expect(found == .wheel(python: "/venv/bin/python3"))
    }

    @Test func whatIsGivenIsTakenAndNothingElse() async {
        #expect(await find("/x/llama-server", files: ["/x/llama-server", "/bin/llama-server"]) == .server(path: "/x/llama-server"))
        #expect(await find("my-llama", files: ["/bin/my-llama"]) == .server(path: "/bin/my-llama"))
        #expect(await find("/x/llama-server", files: ["/bin/llama-server"]) == nil)
        #expect(await find("/v/bin/python3.12", files: ["/v/bin/python3.12"], wheels: ["/v/bin/python3.12"]) == .wheel(python: "/v/bin/python3.12"))
        #expect(await find("/v/bin/python3.12", files: ["/v/bin/python3.12"]) == nil)
    }

    @Test func foldersAreNoPrograms() {
        #expect(!LlamaProgram.isExecutable("/tmp") && !LlamaProgram.isExecutable("/no/such") && LlamaProgram.isExecutable("/bin/sh"))
    }

    @Test(arguments: [
        ("/models/Qwen3-8B-Q4_K_M.gguf", "Qwen3-8B-Q4_K_M"), ("tiny.GGUF", "tiny"), ("model", "model"), ("a/b.bin", "b.bin"),
    ])
    func modelsAreCalledAsTheirFiles(_ path: String, _ name: String) { #expect(LlamaModel(path: path).name == name) }

    @Test func theServerIsToldByVariables() {
        var model = LlamaModel(path: "/m.gguf", name: "m")
        model.variables = ["LLAMA_ARG_TEMPERATURE": "0.2", "LLAMA_ARG_CTX_SIZE": "100"]
        let given = [
            "PATH": "/bin", "HOTLINE_API_KEYS": "secret", "LLAMA_ARG_N_PARALLEL": "9", "LLAMA_ARG_HOST": "0.0.0.0", "LLAMA_ARG_PORT": "1",
            "LLAMA_ARG_N_GPU_LAYERS": "5",
        ]
        let told = model.environment(given: given, port: 4242, key: "k", LlamaLimits())
        #expect(told["PATH"] == "/bin" && told["HOTLINE_API_KEYS"] == nil)
        #expect(told["LLAMA_ARG_HOST"] == "127.0.0.1" && told["LLAMA_ARG_PORT"] == "4242" && told["LLAMA_API_KEY"] == "k")
        #expect(told["LLAMA_ARG_MODEL"] == "/m.gguf" && told["LLAMA_ARG_ALIAS"] == "m")
        // What a person set for llama.cpp counts, then the model's own, then ours.
        #expect(told["LLAMA_ARG_N_PARALLEL"] == "9" && told["LLAMA_ARG_N_GPU_LAYERS"] == "5")
        #expect(told["LLAMA_ARG_CTX_SIZE"] == "100" && told["LLAMA_ARG_TEMPERATURE"] == "0.2")
        // Each slot has its context for itself.
        let more = LlamaModel(path: "/m.gguf").environment(given: ["LLAMA_ARG_N_PARALLEL": "3"], port: 1, key: "k", LlamaLimits())
        #expect(more["LLAMA_ARG_CTX_SIZE"] == "49152" && more["LLAMA_ARG_KV_UNIFIED"] == nil)
        #expect(told["LLAMA_ARG_CACHE_RAM"] == "2048" && told["LLAMA_ARG_CHAT_TEMPLATE_FILE"] == nil)
    }

    @Test func freePortsAreFree() throws {
        let port = try #require(FreePort.find())
        #expect((1024...65535).contains(port))
    }
}
