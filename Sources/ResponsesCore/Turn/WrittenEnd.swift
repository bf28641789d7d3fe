import ResponsesAPI
import ResponsesEngine

/// The end of a response but for its last event: a pure function of what was made, and of why it ends.
struct WrittenEnd: Sendable {
    let ending: Turn.Ending
    let response: AssembledResponse

    init(
        _ generation: inout Turn.Generation, _ ending: Turn.Ending, at unixSeconds: Int, into events: inout EventBuffer
    ) {
        self.ending = ending
        if case .stopped(let stop) = ending {
            // An engine that did not know the string counts at its own end, which nobody waits for.
            let usage = generation.writer.knownUsage ?? generation.plan.estimatedUsage(of: generation.writer)
            let result = GenerationResult(finish: .stop, usage: usage, stopString: stop)
            response = generation.writer.finish(result, at: unixSeconds, into: &events)
        } else {
            response = generation.writer.end(ending, at: unixSeconds, into: &events)
        }
    }

    /// What the engine said of its failure.
    var engineError: EngineError? {
        switch ending {
        case .generated(.failure(let error)), .prefilled(.failure(let error)), .counted(.failure(let error)): error
        default: nil
        }
    }

    /// What the engine wants back with the chain's next turn.
    var trace: (any EngineTrace)? { if case .generated(.success(let result)) = ending { result.trace } else { nil } }

    /// Whether a count is this server's estimate, as the engine does not count.
    var isEstimate: Bool { if case .counted(.success(.unsupported)) = ending { true } else { false } }

    /// Whether nothing is waited for any more.
    var isAtEndOfTime: Bool { if case .timeOver = ending { true } else { false } }

    var isCancelled: Bool { if case .cancelled = ending { true } else { false } }
}

extension TurnWriter {
    fileprivate mutating func end(
        _ ending: Turn.Ending, at unixSeconds: Int, into events: inout EventBuffer
    ) -> AssembledResponse {
        switch ending {
        case .generated(.success(let result)): return finish(result, at: unixSeconds, into: &events)
        case .prefilled(.success(let result)):
            // An engine that cannot be warmed claims nothing; the turn still keeps its input.
            var usage = Usage()
            if case .filled(let tokens, let cached) = result { usage = Usage(inputTokens: tokens, cachedTokens: cached) }
            return finishWarmup(usage, at: unixSeconds, into: &events)
        case .counted(.success(.counted(let tokens))):
            return finishWarmup(Usage(inputTokens: tokens), at: unixSeconds, into: &events)
        case .counted(.success(.unsupported)):
            return finishWarmup(Usage(inputTokens: estimatedInputTokens), at: unixSeconds, into: &events)
        case .generated(.failure(let error)), .prefilled(.failure(let error)), .counted(.failure(let error)):
            return fail(error.apiError, into: &events)
        case .refused(let error), .timeOver(let error): return fail(error, into: &events)
        case .memoryOver(let error): return failShort(error)
        case .unreadable: return fail(.storeUnreadable, into: &events)
        case .limited(let limit): return cut(by: limit, into: &events)
        case .stopped(let stop): return finish(GenerationResult(finish: .stop, usage: knownUsage ?? Usage(), stopString: stop), at: unixSeconds, into: &events)
        case .cancelled: return cancel(into: &events)
        }
    }
}

extension Turn.Plan {
    /// About what an engine would have counted: a token for four bytes, as `ContextSize` has it. A node has its items and their rendering.
    fileprivate func estimatedUsage(of writer: any TurnWriter) -> Usage {
        Usage(
            inputTokens: ((resolved.parent?.chainBytes ?? 0) / 2 + resolved.input.bytes) / 4, outputTokens: max(1, writer.endBytes / 4))
    }
}
