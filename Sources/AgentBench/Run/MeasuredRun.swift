import ResponsesAPI
import ResponsesClient

/// One agent doing the plan's work once, in one way, over a network of its own.
struct MeasuredRun: Sendable {
    let plan: BenchPlan
    let target: BenchTarget
    let way: Way
    let repetition: Int
    let agent: Int
    let name: String

    static let clock = ContinuousClock()

    /// Works and measures.
    ///
    /// - Throws: `BenchError` that says which turn failed.
    func measure(finishedTurn: () -> Void) async throws -> RunSample {
        let work = try Workload(plan, run: name, isScripted: target.isScripted)
        let address = try ProxyTarget(target.url)
        return try await NetworkProxy.with(to: address, network: plan.network, on: target.eventLoopGroup) { proxy in
            if let wire = way.resendingWire { return try await measureResending(wire, proxy, work, finishedTurn) }
            let client = try ResponsesClient(configuration(proxy, work))
            return try await client.withConnection { line in
                try await measure(line, proxy, work, finishedTurn)
            }
        }
    }

    private func configuration(_ proxy: NetworkProxy, _ work: Workload) -> ResponsesClient.Configuration {
        var configuration = ResponsesClient.Configuration(url: proxy.url, key: target.key)
        configuration.headers = [("Host", proxy.hostHeader)]
        configuration.transport = way.transport
        configuration.eventLoopGroup = target.eventLoopGroup
        // A failure must not be hidden by a second try.
        configuration.limits.retriesMax = 0
        configuration.template.model = target.model
        configuration.template.store = way.store
        configuration.template.instructions = work.instructions
        configuration.template.tools = work.tools
        if !target.isScripted {
            configuration.template.maxOutputTokens = plan.outputTokens
            configuration.template.parallelToolCalls = false
            // In all turns, the last too: fields that change from turn to turn would make it send everything again.
            configuration.template.toolChoice = .required
            configuration.template.toolChoiceEcho = "\"required\""
        }
        return configuration
    }

    private func measure(
        _ line: Line, _ proxy: NetworkProxy, _ work: Workload, _ finishedTurn: () -> Void
    ) async throws -> RunSample {
        var sample = RunSample(way: way, repetition: repetition, agent: agent, total: .zero, turns: [])
        var input = work.context + [work.task]
        if way.warmsUp {
            let start = Self.clock.now
            try await named("the warmup") {
                guard try await line.warmUp(with: work.context) != nil else { throw BenchError.noWebSocket(way) }
            }
            sample.warmUp = Self.clock.now - start
            sample.warmUpTraffic = proxy.traffic
            input = [work.task]
        }
        let start = Self.clock.now
        var toolTime = Duration.zero
        for turn in 0..<plan.turns {
            let (measured, response, delivery) = try await named("turn \(turn + 1)") {
                try await self.turn(line, proxy, input)
            }
            sample.turns.append(measured)
            if turn > 0, way.sendsIncrements, !delivery.isIncrement { sample.fullResends += 1 }
            sample.resends += delivery.tries - 1
            input = next(after: response, turn: turn, work, &sample)
            finishedTurn()
            toolTime += try await waitForTool(after: turn)
        }
        sample.total = Self.clock.now - start - toolTime
        sample.connections = proxy.trafficOfConnections.count { $0.sent > 0 }
        return sample
    }

    /// The time that the tool of a turn took.
    func waitForTool(after turn: Int) async throws -> Duration {
        guard turn + 1 < plan.turns, plan.toolTime > .zero else { return .zero }
        let start = Self.clock.now
        try await Task.sleep(for: plan.toolTime)
        return Self.clock.now - start
    }

    /// One turn from its request to its last event.
    private func turn(
        _ line: Line, _ proxy: NetworkProxy, _ input: [Item]
    ) async throws -> (TurnSample, ResponseObject, Delivery) {
        let before = proxy.traffic
        let start = Self.clock.now
        let turn = try await line.respond(with: input)
        var firstDelta: Duration?
        var firstItem: Duration?
        for try await event in turn {
            if firstDelta == nil, event.isDelta { firstDelta = Self.clock.now - start }
            if firstItem == nil, case .outputItemAdded = event.body { firstItem = Self.clock.now - start }
        }
        let duration = Self.clock.now - start
        let response = try await turn.response()
        guard let delivery = turn.delivery, delivery.transport == way.deliveredBy else { throw BenchError.noWebSocket(way) }
        let usage = response.usage ?? Usage()
        let sample = TurnSample(
            duration: duration, firstToken: firstDelta ?? firstItem ?? duration, traffic: proxy.traffic - before,
            inputTokens: usage.inputTokens, cachedTokens: usage.cachedTokens, outputTokens: usage.outputTokens)
        return (sample, response, delivery)
    }

    /// What the next turn says: outputs of the calls. A real model that called nothing, or whose call was cut short by the
    /// limit of its output, gets the same text from the user, so that the conversation grows alike.
    private func next(after response: ResponseObject, turn: Int, _ work: Workload, _ sample: inout RunSample) -> [Item] {
        let output = work.toolOutput(round: turn)
        let calls = response.output.compactMap { item -> Item.ToolCall? in
            guard case .call(let call) = item.body, item.status != "incomplete" else { return nil }
            return call
        }
        if calls.isEmpty {
            if turn < plan.toolCalls { sample.turnsWithoutCall += 1 }
            return [.userMessage(output)]
        }
        return calls.map { call in
            switch call.kind {
            case .function: .functionCallOutput(callID: call.callID, output: output)
            case .custom: .customToolCallOutput(callID: call.callID, output: output)
            case .clientRun(let tool): .output(of: tool, callID: call.callID, text: output)
            }
        }
    }

    /// Adds the way and the place to the error of whatever fails.
    func named<Result>(_ place: String, _ body: () async throws -> Result) async throws -> Result {
        let reason: String
        do {
            return try await body()
        } catch var error as BenchError {
            error.message = "\(way.rawValue), \(place): \(error.message)"
            throw error
        } catch let error as APIError {
            reason = error.message
        } catch let error as ClientError {
            reason = error.message
        }
        throw BenchError(
            "\(way.rawValue), \(place): \(reason)", wayOut: "Check the server, or leave this way out", changing: [.ways])
    }
}

extension BenchError {
    fileprivate static func noWebSocket(_ way: Way) -> BenchError {
        BenchError("the server did not accept a WebSocket", wayOut: "Leave '\(way.rawValue)' out", changing: [.ways])
    }
}

extension ServerEvent {
    /// Whether the event brings something that the model wrote.
    fileprivate var isDelta: Bool {
        switch body {
        case .outputTextDelta, .refusalDelta, .reasoningTextDelta, .reasoningSummaryTextDelta, .functionCallArgumentsDelta,
            .customToolCallInputDelta:
            true
        default: false
        }
    }
}
