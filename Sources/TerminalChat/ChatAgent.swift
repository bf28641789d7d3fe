import ResponsesAPI
import ResponsesClient
import Synchronization

/// Asks the model, runs its tools, and lets Ctrl-C end both.
struct ChatAgent: Sendable {
    let tools: [AgentTool]
    let output: any ChatOutput
    let signals: SignalWatch
    let input: QuietInput
    /// Asks for approvals; nil where there is no user to ask.
    let editor: LineEditor?
    let permissions: SharedPermissions

    enum Ending: Sendable { case answered, cancelled, failed }

    func ask(_ question: String, on lane: Lane) async -> Ending {
        let clock = ContinuousClock()
        let start = clock.now
        let waiting = Waiting()
        let before = await lane.chain.items.count
        input.begin()
        let result = await interruptible { try await run(question, on: lane, waiting) }
        input.end()
        switch result {
        case .success(let run):
            do throws(ToolFailure) {
                try output.finish(run.text)
            } catch {
                output.show(.failed(error.message))
                return .failed
            }
            output.show(.ended(summary(of: run, duration: clock.now - start - waiting.total)))
            return .answered
        case .failure(let error) where Self.isCancellation(error):
            output.show(.cancelled(keepsPart: await lane.chain.items.count > before))
            return .cancelled
        case .failure(let error):
            output.show(.failed(ErrorSentence.of(error)))
            return .failed
        }
    }

    private func run(_ question: String, on lane: Lane, _ waiting: Waiting) async throws -> AgentRun {
        var options = AgentOptions()
        options.approve = { call in
            let start = ContinuousClock.now
            defer { waiting.add(ContinuousClock.now - start) }
            return await approve(call)
        }
        let output = output
        return try await lane.run(
            question, tools: tools, options: options,
            onEvent: { event in if let event = ChatEvent(event) { output.show(event) } })
    }

    /// How long the user took to decide, which does not count for the turn.
    private final class Waiting: Sendable {
        private let sum = Mutex(Duration.zero)
        func add(_ duration: Duration) { sum.withLock { $0 += duration } }
        var total: Duration { sum.withLock { $0 } }
    }

    private static func isCancellation(_ error: any Error) -> Bool {
        error is CancellationError || (error as? ClientError)?.code == .cancelled
    }

    private func summary(of run: AgentRun, duration: Duration) -> ChatEvent.TurnSummary {
        ChatEvent.TurnSummary(
            duration: duration, tokensIn: run.usage.inputTokens, tokensCached: run.usage.cachedTokens,
            tokensOut: run.usage.outputTokens, bytesSent: run.deliveries.reduce(0) { $0 + $1.bytes }, turns: run.rounds,
            transport: run.deliveries.last?.transport.rawValue,
            incompleteReason: run.response.status == .incomplete
                ? run.response.serverLimit ?? run.response.incompleteReason ?? "unknown" : nil)
    }

    // MARK: Approval

    private func approve(_ call: Item.ToolCall) async -> Approval {
        switch permissions.decision(for: call.name) {
        case .run: return .allow
        case .deny(let reason): return .deny(reason: reason)
        case .ask: break
        }
        guard let editor else { return .deny(reason: Permissions.refusal(nil)) }
        output.present(ChatEvent.ToolUse(call))
        // What was typed before the call was shown cannot be meant as an answer to it.
        input.discardTypeAhead()
        input.end()
        defer { input.begin() }
        let question = LineEditor.Question(prompt: Permissions.question(call.name), style: .bold, isRemembered: false)
        while true {
            let line: String
            switch await editor.ask(question) {
            case .line(let typed): line = typed
            case .interrupted:
                // Ctrl-C reaches this line and the turn, in either order: what it means is that the turn is cancelled.
                await untilCancelled()
                return .deny(reason: Permissions.refusal(nil))
            case .ended: return .deny(reason: Permissions.refusal(nil))
            }
            switch Permissions.Answer(line) {
            case .yes: return .allow
            case .always:
                permissions.allowAlways(call.name)
                return .allow
            case .no(let reason): return .deny(reason: Permissions.refusal(reason))
            case .unclear: break
            }
        }
    }

    // MARK: Ctrl-C

    /// Returns when the task is cancelled.
    private func untilCancelled() async {
        let (never, continuation) = AsyncStream.makeStream(of: Never.self, bufferingPolicy: .bufferingNewest(1))
        defer { continuation.finish() }
        for await _ in never {}
    }

    /// Runs `body` in a task that Ctrl-C cancels, and waits for its end.
    private func interruptible<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async -> Result<R, any Error> {
        let (interrupts, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        return await signals.notifying { event in
            switch event {
            case .interrupt, .end: continuation.yield()
            case .go: input.begin()
            case .resize, .stop: break
            }
        } _: {
            await withTaskGroup(of: Result<R, any Error>?.self) { group in
                group.addTask {
                    do { return .success(try await body()) } catch { return .failure(error) }
                }
                group.addTask {
                    for await _ in interrupts { break }
                    return nil
                }
                var result: Result<R, any Error> = .failure(CancellationError())
                // Whichever ends first ends the other.
                for await ended in group {
                    if let ended { result = ended }
                    group.cancelAll()
                }
                return result
            }
        }
    }
}
