import NIOCore
import ResponsesAPI

extension MeasuredRun {
    /// The same work over a wire whose clients send the whole conversation in every turn.
    func measureResending(
        _ wire: ResendingWire, _ proxy: NetworkProxy, _ work: Workload, _ finishedTurn: () -> Void
    ) async throws -> RunSample {
        let client = try ResendingClient(
            wire, url: proxy.url, host: proxy.hostHeader, key: target.key, on: target.eventLoopGroup.next())
        let result: Result<RunSample, any Error>
        do {
            result = .success(try await measure(client, wire, proxy, work, finishedTurn))
        } catch {
            result = .failure(error)
        }
        await client.shutDown()
        return try result.get()
    }

    private func measure(
        _ client: ResendingClient, _ wire: ResendingWire, _ proxy: NetworkProxy, _ work: Workload, _ finishedTurn: () -> Void
    ) async throws -> RunSample {
        var sample = RunSample(way: way, repetition: repetition, agent: agent, total: .zero, turns: [])
        var conversation = ResentConversation(
            wire, work, model: target.model, outputTokens: target.isScripted ? nil : plan.outputTokens, mustCall: !target.isScripted)
        let start = Self.clock.now
        var toolTime = Duration.zero
        for turn in 0..<plan.turns {
            let (measured, answer) = try await named("turn \(turn + 1)") { try await self.turn(client, proxy, conversation) }
            sample.turns.append(measured)
            if answer.calls.isEmpty, turn < plan.toolCalls { sample.turnsWithoutCall += 1 }
            conversation.add(answer, output: work.toolOutput(round: turn))
            finishedTurn()
            toolTime += try await waitForTool(after: turn)
        }
        sample.total = Self.clock.now - start - toolTime
        sample.connections = proxy.trafficOfConnections.count { $0.sent > 0 }
        return sample
    }

    /// One turn from its request, which has to be written anew, to its last event.
    private func turn(
        _ client: ResendingClient, _ proxy: NetworkProxy, _ conversation: ResentConversation
    ) async throws -> (TurnSample, ResentTurn) {
        let before = proxy.traffic
        let start = Self.clock.now
        let answer = try await client.post(conversation.body)
        let duration = Self.clock.now - start
        let sample = TurnSample(
            duration: duration, firstToken: answer.firstPieceAt.map { $0 - start } ?? duration, traffic: proxy.traffic - before,
            inputTokens: answer.usage.inputTokens, cachedTokens: answer.usage.cachedTokens, outputTokens: answer.usage.outputTokens)
        return (sample, answer)
    }
}
