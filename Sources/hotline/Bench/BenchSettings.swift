import AgentBench
import LibC
import ResponsesAPI
import ResponsesClient
import ScriptedEngine

/// What the flags of `hotline bench` mean together.
struct BenchSettings: Sendable {
    /// A fast engine, and the wait for its first token.
    static let defaultSpeed = "prefill=10000,decode=1000,ttft=20ms"

    enum Server: Sendable {
        case scripted(ScriptedSpeed, text: String)
        case url(String, key: String?, model: String?)
    }

    var plan = BenchPlan()
    var server: Server

    init(_ command: BenchCommand, environment: (String) -> String? = ProcessVariable.value) throws(Failure) {
        do throws(BenchError) {
            if let toolCalls = command.toolCalls { plan.toolCalls = toolCalls }
            if let context = command.context { plan.contextBytes = try Quantities.textBytes(context, for: .contextBytes) }
            if let tools = command.tools { plan.toolsBytes = try Quantities.textBytes(tools, for: .toolsBytes) }
            if let output = command.output { plan.outputTokens = output }
            if let size = command.toolOutput { plan.toolOutputBytes = try Quantities.textBytes(size, for: .toolOutputBytes) }
            if let time = command.toolTime { plan.toolTime = try Quantities.duration(time, for: .toolTime) }
            // Another server has a network of its own.
            if command.url != nil { plan.network.roundTrip = .zero }
            if let rtt = command.rtt { plan.network.roundTrip = try Quantities.duration(rtt, for: .roundTrip) }
            if let bandwidth = command.bandwidth {
                (plan.network.upload, plan.network.download) = try Quantities.bandwidth(bandwidth, for: .bandwidth)
            }
            if let concurrency = command.concurrency { plan.concurrency = concurrency }
            if let repetitions = command.repetitions { plan.repetitions = repetitions }
            if let ways = command.ways { plan.ways = try BenchPlan.ways(ways) }
            plan.hasTrialRun = !command.noTrialRun
            try plan.validate()
            if let url = command.url { _ = try ProxyTarget(url) }
        } catch {
            throw Failure(error, code: 64)
        }
        let key = ServerQuestion.key(command.key, environment: environment)
        switch (command.url, command.scripted) {
        case (_?, _?):
            throw .badSetting(
                "--scripted is the speed of the built-in engine, and --url names another server",
                "Leave one of them out; the other server has its own 'hotline serve --scripted'.")
        case (let url?, nil): server = .url(url, key: key, model: command.model)
        case (nil, let speed):
            guard command.model == nil, command.key == nil else {
                throw .badSetting("--model and --key go with --url", "Name the server with --url, or leave them out.")
            }
            let text = speed ?? Self.defaultSpeed
            do throws(ScriptedSpeed.ParseError) {
                server = .scripted(try ScriptedSpeed(parsing: text), text: text)
            } catch {
                throw .badSetting("--scripted: \(error)", "See 'hotline bench --help'.")
            }
        }
    }

    /// Carries out the plan.
    ///
    /// - Throws: `Failure` when the server cannot be measured.
    func measuring(_ line: ProgressLine) async throws -> BenchResult {
        let now = Int(time(nil))
        do {
            switch server {
            case .scripted(let speed, let text):
                return try await ScriptedServer.with(speed) { target in
                    let samples = try await measure(target, line)
                    return BenchResult(
                        samples, of: plan, server: .init(model: target.model, scripted: text), version: Version.current,
                        measuredAt: now)
                }
            case .url(let url, let key, let model):
                let name = try await Self.model(at: url, key, model)
                let target = BenchTarget(url: url, key: key, model: name, isScripted: name == ScriptedEngine.model)
                let samples = try await measure(target, line)
                return BenchResult(
                    samples, of: plan, server: .init(url: url, model: name), version: Version.current, measuredAt: now)
            }
        } catch let error as BenchError {
            throw Failure(error, code: 70)
        }
    }

    private func measure(_ target: BenchTarget, _ line: ProgressLine) async throws -> [RunSample] {
        let bench = try Bench(plan, target: target)
        defer { line.clear() }
        return try await bench.run { line.show($0) }
    }

    /// The model to ask for. Asked for without the simulated network: a wrong address or key is found before the measurement.
    private static func model(at url: String, _ key: String?, _ name: String?) async throws -> String {
        do {
            let models = try await ResponsesClient(.init(url: url, key: key)).models()
            if let name = name ?? models.first { return name }
        } catch let error as APIError {
            if error.status == 401 || error.status == 403 {
                throw Failure.wrongKey(error.message)
            }
            // Some servers answer turns and list nothing.
            if let name { return name }
        } catch let error as ClientError {
            if error.code == .unreachable {
                throw Failure(
                    message: "nothing answers at \(url)",
                    wayOut: "Start a server with 'hotline serve', correct --url, or leave it out to measure the built-in engine.",
                    code: 69)
            }
            // Some servers answer turns and list nothing.
            if let name { return name }
            throw Failure.serverFails(url, error.message)
        }
        throw Failure.noModels(url)
    }
}
