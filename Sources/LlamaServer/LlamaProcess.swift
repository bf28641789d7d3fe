import ChildProcess
import LibC
package import Logging
import Synchronization

/// A llama.cpp server of our own: a model file's process, from its start to its end with us.
///
/// `run` is its life. It starts the program, waits until the model is loaded, and starts it anew when it ends, with growing pauses.
/// However this process ends, the other ends with it.
package final class LlamaProcess: Sendable {
    package let program: LlamaProgram
    package let model: LlamaModel
    /// On loopback; the same for each start.
    package let port: Int
    /// What its requests must carry.
    package let key: String
    package let limits: LlamaLimits
    let state = LlamaState()
    private let words: Mutex<LastWords>
    private let isAnswering: @Sendable () async -> Bool
    private let logger: Logger

    /// - Parameters:
    ///   - isAnswering: asks it whether its model is loaded; false as well when it does not answer.
    /// - Throws: `LlamaFailure` when there is no port for it.
    package init(
        _ program: LlamaProgram, _ model: LlamaModel, limits: LlamaLimits = LlamaLimits(), logger: Logger,
        isAnswering: @escaping @Sendable (_ port: Int) async -> Bool
    ) throws(LlamaFailure) {
        guard let port = FreePort.find() else { throw LlamaFailure(message: "no port is free on this machine", words: []) }
        (self.program, self.model, self.port, self.limits, self.logger) = (program, model, port, limits, logger)
        var random = SystemRandomNumberGenerator()
        key = (0..<4).map { _ in String(random.next(), radix: 36) }.joined()
        words = Mutex(LastWords(limits))
        self.isAnswering = { await isAnswering(port) }
    }

    /// Waits until the model is loaded, or its process is lost for good, or the task is cancelled.
    ///
    /// - Returns: whether it is loaded.
    package func loaded() async -> Bool {
        await state.wait(atMost: limits.loadTimeMax * 2) { now in
            switch now.phase {
            case .serving, .lost: true
            case .loading, .away: false
            }
        }
        return state.now.phase == .serving
    }

    // MARK: Its life

    private enum Happening: Sendable {
        case asked(answers: Bool)
        case ended(String)
    }

    /// Runs the program until the task is cancelled.
    ///
    /// - Throws: `LlamaFailure` when it is lost for good, `CancellationError`.
    package func run() async throws {
        let begin = ContinuousClock.now
        var supervision = Supervision(limits)
        logger.info("model is loading", metadata: ["model": "\(model.name)", "program": "\(program.name)"])
        while true {
            let act = await oneStart(&supervision, begin)
            try Task.checkCancellation()
            let said = words.withLock { $0.text }
            switch act {
            case .start(let pause, let how):
                var metadata: Logger.Metadata = ["model": "\(model.name)", "how": "\(how)", "pause": "\(pause)"]
                if !said.isEmpty { metadata["words"] = "\(said.joined(separator: "; "))" }
                logger.warning("model's process ended, is started again", metadata: metadata)
                state.become(.away(Self.sentence(how, said)))
                try await Task.sleep(for: pause)
            case .giveUp(let how):
                state.become(.lost(Self.sentence(how, said)))
                throw LlamaFailure(message: "the model '\(model.name)' cannot be served: its process, \(program.name), failed: \(how)", words: said)
            default: break
            }
        }
    }

    static func sentence(_ how: String, _ words: [String]) -> String {
        words.isEmpty ? how : "\(how): \(words.joined(separator: "; "))"
    }

    /// One process from its start to its end.
    ///
    /// - Returns: what is to be done then.
    private func oneStart(_ supervision: inout Supervision, _ begin: ContinuousClock.Instant) async -> Supervision.Act {
        words.withLock { $0 = LastWords(limits) }
        let started = supervision.received(.started, at: ContinuousClock.now - begin)
        return await withTaskGroup(of: Happening.self) { tasks in
            tasks.addTask { .ended(await self.process()) }
            perform(started, in: &tasks)
            while let happening = await tasks.next() {
                let now = ContinuousClock.now - begin
                switch happening {
                case .asked(let answers): perform(supervision.received(.asked(answers: answers), at: now), in: &tasks)
                case .ended(let how):
                    tasks.cancelAll()
                    return supervision.received(.ended(how), at: now).last ?? .giveUp(how)
                }
            }
            return .giveUp("it was not started")
        }
    }

    private func perform(_ acts: [Supervision.Act], in tasks: inout TaskGroup<Happening>) {
        for act in acts {
            switch act {
            case .ask(let pause):
                tasks.addTask {
                    try? await Task.sleep(for: pause)
                    return .asked(answers: await self.isAnswering())
                }
            case .tellLoading(let time):
                logger.info("model is loading still", metadata: ["model": "\(model.name)", "seconds": "\(time.components.seconds)"])
            case .serve(let time):
                words.withLock { $0.serves() }
                state.become(.serving)
                logger.info("model is loaded", metadata: ["model": "\(model.name)", "seconds": "\(Self.tenths(time))"])
            case .stop: tasks.cancelAll()
            case .start, .giveUp: break
            }
        }
    }

    private static func tenths(_ time: Duration) -> String {
        let tenths = Int(time / .milliseconds(100))
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// Runs the program to its end; how it ended, for people.
    private func process() async -> String {
        let (file, arguments) =
            switch program {
            case .server(let path): (path, [String]())
            case .wheel(let python): (python, ["-c", WheelScript.text])
            }
        let environment = model.environment(given: ProcessEnvironment.all, port: port, key: key, limits)
        do {
            switch try await ChildProcess(file, arguments, environment: environment).run(onOutput: { bytes in
                self.words.withLock { $0.append(bytes) }
            }) {
            case .exited(let code): return "ended with the exit code \(code)"
            case .killed(let signal): return "was killed by the signal \(signal)"
            case .timedOut: return "was ended"
            }
        } catch let failure as ChildProcessFailure {
            return "could not be started: \(failure.message)"
        } catch {
            return "was ended"
        }
    }
}
