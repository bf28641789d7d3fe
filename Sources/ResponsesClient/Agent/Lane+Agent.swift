import ResponsesAPI

/// An agent's loop: turns and tool calls until there is an answer.
extension Lane {
    /// Says `text`, runs the tools that the model calls, returns their outputs to it, and so on until it answers.
    ///
    /// ```swift
    /// let run = try await line.run("Which file is the longest?", tools: [listFiles, countLines])
    /// print(run.text)
    /// ```
    /// A tool runs once for each call: calls are run when their response is complete, and a turn that was interrupted
    /// before that is asked again, which `AgentEvent.turnInterrupted` reports. The calls of one response run in parallel.
    ///
    /// Whatever ends the run early, the lane stays usable: outputs that no turn has carried go with the next one, and calls
    /// that were not run are answered as such.
    /// - Parameters:
    ///   - settings: changes fields of every turn's request.
    ///   - onEvent: called with everything in order; the run waits while it awaits.
    /// - Throws: `ClientError` with `.roundsExceeded` after `roundsMax` turns without an answer; as `Turn.response()` when
    ///   a turn fails; `CancellationError`. What tools throw goes to the model instead.
    public func run(
        _ text: String, tools: [AgentTool], options: AgentOptions = AgentOptions(),
        onEvent: @escaping @Sendable (AgentEvent) async -> Void = { _ in },
        settings: @Sendable (inout CreateRequest) -> Void = { _ in }
    ) async throws -> AgentRun {
        try await run(
            with: [.userMessage(JSONText(text))], tools: tools, options: options, onEvent: onEvent, settings: settings)
    }

    /// The same with any new items. See `run(_:tools:options:onEvent:settings:)`.
    public func run(
        with items: [Item], tools: [AgentTool], options: AgentOptions = AgentOptions(),
        onEvent: @escaping @Sendable (AgentEvent) async -> Void = { _ in },
        settings: @Sendable (inout CreateRequest) -> Void = { _ in }
    ) async throws -> AgentRun {
        var items = items
        var usage = Usage()
        var toolCalls = 0
        var deliveries: [Delivery] = []
        await answerOpenCalls()
        for round in 1...max(1, options.roundsMax) {
            await onEvent(.turnStarted(round: round))
            let response: ResponseObject
            do {
                let answer = try await ask(items, tools, options, settings, onEvent)
                response = answer.response
                if let delivery = answer.delivery { deliveries.append(delivery) }
            } catch {
                await keepOutputs(items)
                throw error
            }
            usage.add(response.usage)
            await onEvent(.turnFinished(response))
            let calls = response.completeCalls
            if calls.isEmpty {
                return AgentRun(
                    text: response.outputText, response: response, rounds: round, toolCalls: toolCalls, usage: usage,
                    deliveries: deliveries)
            }
            items = await runTools(calls, tools: tools, options: options, report: onEvent)
            toolCalls += calls.count
            if Task.isCancelled {
                await keepOutputs(items)
                throw CancellationError()
            }
        }
        await keepOutputs(items)
        throw ClientError.roundsExceeded(options.roundsMax)
    }

    /// One turn to its end. An interrupted one is asked again: its calls were not run, and its chain is as before.
    private func ask(
        _ items: [Item], _ tools: [AgentTool], _ options: AgentOptions,
        _ settings: @Sendable (inout CreateRequest) -> Void, _ onEvent: @Sendable (AgentEvent) async -> Void
    ) async throws -> (response: ResponseObject, delivery: Delivery?) {
        var interruptions = 0
        while true {
            do {
                let turn = try await respond(with: items, tools: tools, settings: settings)
                for try await event in turn { await onEvent(.event(event)) }
                let response = try await turn.response()
                return (response, turn.delivery)
            } catch let error as ClientError where error.mayBeAskedAgain && interruptions < options.interruptionsMax {
                interruptions += 1
                await onEvent(.turnInterrupted(error))
            }
        }
    }

    /// Outputs of calls that ran are not lost with the turn that should have carried them.
    private func keepOutputs(_ items: [Item]) async {
        let outputs = items.filter { if case .callOutput = $0.body { true } else { false } }
        await addPending(outputs)
    }

    /// Calls that nobody answered, because a run was stopped, would make the server refuse the next turn.
    private func answerOpenCalls() async {
        let outputs = await chain.openCalls.map { $0.output("This call was not run.") }
        await addPending(outputs)
    }
}

extension ClientError {
    /// The turn began and did not reach its end: the connection broke, or the server fell silent.
    fileprivate var mayBeAskedAgain: Bool { code == .interrupted || code == .timedOut }
}

extension Item.ToolCall {
    /// The item that answers this call.
    func output(_ text: String) -> Item {
        switch kind {
        case .function: .functionCallOutput(callID: callID, output: JSONText(text))
        case .custom: .customToolCallOutput(callID: callID, output: JSONText(text))
        case .clientRun(let tool): .output(of: tool, callID: callID, text: JSONText(text))
        }
    }
}

extension ResponseObject {
    /// Calls that are complete: one that a limit cut short cannot be run, and servers do not wait for its output.
    fileprivate var completeCalls: [Item.ToolCall] {
        fields.output.compactMap { item in
            guard case .call(let call) = item.body, item.status != "incomplete", item.status != "in_progress" else { return nil }
            return call
        }
    }
}

extension Usage {
    mutating func add(_ other: Usage?) {
        guard let other else { return }
        inputTokens = Self.sum(inputTokens, other.inputTokens)
        cachedTokens = Self.sum(cachedTokens, other.cachedTokens)
        outputTokens = Self.sum(outputTokens, other.outputTokens)
        reasoningTokens = Self.sum(reasoningTokens, other.reasoningTokens)
    }

    /// A server may send counts that overflow.
    private static func sum(_ a: Int, _ b: Int) -> Int {
        let (sum, overflows) = a.addingReportingOverflow(b)
        return overflows ? .max : sum
    }
}
