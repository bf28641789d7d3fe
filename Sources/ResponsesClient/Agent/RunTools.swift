import ResponsesAPI

/// Runs the calls of one turn and returns the items to send back, in the order of the calls: one for each, whatever happens.
///
/// Calls run at once as far as `parallelToolsMax` allows. First those that need no approval, so that they are under way
/// while a person is asked about the others. Once the task is cancelled no more calls are started; tools that run are
/// cancelled and waited for.
///
/// - Parameter report: called from this task only, so never twice at a time.
package func runTools(
    _ calls: [Item.ToolCall], tools: [AgentTool], options: AgentOptions,
    report: @Sendable (AgentEvent) async -> Void
) async -> [Item] {
    let toolsByName = Dictionary(tools.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    // A call without an outcome was not started when the run was cancelled.
    var outcomes = [ToolOutcome?](repeating: nil, count: calls.count)
    var runnable: [RunnableCall] = []
    for (index, call) in calls.enumerated() {
        if let tool = toolsByName[call.name] {
            runnable.append(RunnableCall(index: index, call: call, tool: tool))
        } else {
            let outcome = ToolOutcome.unknownTool(call.name, known: tools.map(\.name))
            outcomes[index] = outcome
            await report(.toolFinished(call, output: outcome.text, isError: true, duration: .zero))
        }
    }
    let inOrder = runnable.filter { !$0.tool.needsApproval } + runnable.filter(\.tool.needsApproval)

    await withTaskGroup(of: FinishedCall.self) { group in
        var running = 0
        func finishOne() async {
            guard let finished = await group.next() else { return }
            running -= 1
            let outcome = finished.outcome.cut(toBytes: options.toolOutputBytesMax)
            outcomes[finished.index] = outcome
            await report(
                .toolFinished(
                    calls[finished.index], output: outcome.text, isError: outcome.isError, duration: finished.duration))
        }
        for next in inOrder {
            while running >= max(1, options.parallelToolsMax) { await finishOne() }
            if Task.isCancelled { break }
            if next.tool.needsApproval {
                let approval = await options.approve(next.call)
                // An answer given while the run was being cancelled does not count.
                if Task.isCancelled { break }
                if case .deny(let reason) = approval {
                    outcomes[next.index] = .denied(reason)
                    await report(.toolDenied(next.call, reason: reason))
                    continue
                }
            }
            await report(.toolStarted(next.call))
            group.addTask { await next.run() }
            running += 1
        }
        while running > 0 { await finishOne() }
    }
    return zip(calls, outcomes).map { call, outcome in call.output((outcome ?? .notRun).text) }
}

/// A call and the tool it names.
private struct RunnableCall: Sendable {
    let index: Int
    let call: Item.ToolCall
    let tool: AgentTool

    func run() async -> FinishedCall {
        var outcome = ToolOutcome.notRun
        // Cancelled between its start and now: the tool is not called.
        let duration = await ContinuousClock().measure {
            if !Task.isCancelled { outcome = await tool.run(call) }
        }
        return FinishedCall(index: index, outcome: outcome, duration: duration)
    }
}

private struct FinishedCall: Sendable {
    let index: Int
    let outcome: ToolOutcome
    let duration: Duration
}

extension ToolOutcome {
    /// For calls that were not started when the run was cancelled: the model learns that nothing happened.
    package static let notRun = failure("Not run: cancelled.")

    static func denied(_ reason: String) -> ToolOutcome {
        failure(reason.isEmpty ? "Not run: the call was declined." : "Not run: the call was declined. \(reason)")
    }

    static func unknownTool(_ name: String, known: [String]) -> ToolOutcome {
        let names = known.map { "'\($0)'" }.joined(separator: ", ")
        return failure(
            known.isEmpty
                ? "Not run: there are no tools here." : "Not run: there is no tool '\(name)'. The tools are \(names).")
    }

    /// At most `bytesMax` bytes of the text, whole characters only, and a note of how much is missing.
    func cut(toBytes bytesMax: Int) -> ToolOutcome {
        let total = text.utf8.count
        guard total > bytesMax else { return self }
        var end = text.utf8.index(text.startIndex, offsetBy: max(0, bytesMax))
        // Back to where a scalar begins: the bytes within one are 10xxxxxx (RFC 3629 section 3).
        while end > text.startIndex, text.utf8[end] & 0xC0 == 0x80 { end = text.utf8.index(before: end) }
        let kept = text[..<end]
        let note = "[The output was cut: \(total - kept.utf8.count) of \(total) bytes are missing.]"
        return ToolOutcome(text: kept.isEmpty ? note : "\(kept)\n\(note)", isError: isError)
    }
}
