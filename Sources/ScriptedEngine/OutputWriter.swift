import ResponsesAPI
import ResponsesEngine

/// Hands a planned output to a sink, at once or at a rate, no faster than its reader.
struct OutputWriter {
    let sink: any GenerationSink

    /// Large enough that a batch costs little per event, small enough that a reader sees progress.
    private static var eventsPerBatchMax: Int { 64 }
    /// After this many batches, other tasks on the same loop get a turn; cancellation often comes from one of them.
    private static var batchesPerTurnMax: Int { 8 }
    /// Timers finer than this are mostly overhead; faster rates send several tokens at a time.
    private static var stepsPerSecondMax: Double { 1000 }

    /// Writes at a rate, or at once.
    func write<C: Clock<Duration>>(
        _ cursor: inout OutputCursor, tokensPerSecond rate: Double?, clock: C
    ) async throws(EngineError) {
        if let rate { try await write(&cursor, at: rate, clock: clock) } else { try await write(&cursor) }
    }

    /// Writes everything as fast as the reader takes it.
    private func write(_ cursor: inout OutputCursor) async throws(EngineError) {
        var batches = 0
        while !cursor.isAtEnd {
            var batch = GenerationBatch()
            cursor.write(into: &batch, eventsMax: Self.eventsPerBatchMax)
            try await send(batch)
            batches += 1
            if batches % Self.batchesPerTurnMax == 0 { await Task.yield() }
        }
    }

    /// Writes at a rate: the n-th token is sent n / rate seconds after the beginning.
    private func write<C: Clock<Duration>>(_ cursor: inout OutputCursor, at rate: Double, clock: C) async throws(EngineError) {
        let start = clock.now
        let written = cursor.outputTokens
        let step = Int((rate / Self.stepsPerSecondMax).rounded(.up))
        while !cursor.isAtEnd {
            var batch = GenerationBatch()
            cursor.write(into: &batch, tokensMax: max(step, 1))
            let due = start.advanced(by: .seconds(Double(cursor.outputTokens - written) / rate))
            do { try await clock.sleep(until: due, tolerance: nil) } catch { throw .abandoned }
            try await send(batch)
        }
    }

    private func send(_ batch: GenerationBatch) async throws(EngineError) {
        if !sink.isReady { await sink.ready() }
        if Task.isCancelled { throw .abandoned }
        if !batch.isEmpty { sink.send(batch) }
    }
}
