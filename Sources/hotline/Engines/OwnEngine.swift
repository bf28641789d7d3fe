import Logging
import NIOCore
import OpenAICompatibleEngine
import ResponsesEngine
import ResponsesServer
import LlamaServer

/// An engine whose process this server starts, for a model file or the demo model.
struct OwnEngine {
    let wanted: EngineSettings
    let group: any EventLoopGroup
    let logger: Logger

    /// Makes the engine; its process is started when the server runs it.
    func make(
        _ program: LlamaProgram, _ model: LlamaModel, talksOnly: Bool = false
    ) async throws(Failure) -> (member: EngineMember, process: LlamaProcess) {
        let process: LlamaProcess
        do throws(LlamaFailure) {
            process = try LlamaProcess(program, model, logger: logger) { port in
                guard let address = try? EngineAddress("http://127.0.0.1:\(port)") else { return false }
                return await EngineProbe.isWell(at: address)
            }
        } catch {
            throw .ownEngine(error)
        }
        var wanted = wanted
        wanted.key = process.key
        wanted.profile = wanted.profile ?? GivenValue(text: "llama.cpp", source: .flag(Setting.gguf.flag))
        let address = try EngineChoice.address("http://127.0.0.1:\(process.port)", wanted)
        let (base, profile) = try await EngineChoice.make(wanted, at: address, group, logger)
        let engine = SupervisedEngine(base, process)
        var member = EngineChoice.member("llama.cpp", base, profile, wanted, listed: [EngineModel(id: model.name, ownedBy: "llamacpp")])
        member.engine = talksOnly ? TalkingEngine(engine, logger: logger) : engine
        return (member, process)
    }
}

extension Failure {
    static func noLlamaServer(_ given: GivenValue?) -> Failure {
        guard let given else {
            return Failure(
                message: "no llama-server was found for --gguf: neither in PATH nor in the usual places, and no Python here has xllamacpp",
                wayOut: "Install llama.cpp, or 'pip install xllamacpp', or say where it is with --llama-server PATH.", code: 69)
        }
        return .wrong(
            given.source, "'\(given.text)' is neither a program that can be run nor a Python that has xllamacpp",
            "Give the path of llama-server, or of a Python after 'pip install xllamacpp' there.")
    }

    static func noModelFile(_ given: GivenValue, _ reason: String) -> Failure {
        .wrong(given.source, "the model '\(given.text)' cannot be read: \(reason)", "Give the path of a GGUF file; of several parts, the first.")
    }

    static func ownEngine(_ failure: LlamaFailure) -> Failure {
        let words = failure.words.isEmpty ? "" : "\n" + failure.words.map { "    \($0)" }.joined(separator: "\n")
        return Failure(
            message: failure.message + (words.isEmpty ? "" : "; its last words:") + words,
            wayOut: "Check that the file is a whole GGUF model that this llama.cpp knows, and that it fits into memory.", code: 70)
    }
}
