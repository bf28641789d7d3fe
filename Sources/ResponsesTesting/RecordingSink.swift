public import ResponsesEngine

/// A sink for tests: keeps every batch and reads as fast as the test says.
public final class RecordingSink: GenerationSink {
    /// How its reader keeps up.
    public enum Pace: Sendable, Hashable {
        case alwaysReady
        /// Not ready after each batch, until the engine awaited `ready()`.
        case afterEachBatch
        /// Not ready after each batch, until the test calls `release()`.
        case manual
    }

    private struct State {
        var batches: [GenerationBatch] = []
        var isReady = true
        var waiting = 0
        var isClosed = false
        var sentUnready = 0
        var sentLate = 0
    }

    private let pace: Pace
    private let state = Watched(State())

    public init(pace: Pace = .alwaysReady) { self.pace = pace }

    // MARK: For the engine

    public func send(_ batch: GenerationBatch) {
        state.update { state in
            if !state.isReady { state.sentUnready += 1 }
            if state.isClosed { state.sentLate += 1 }
            state.batches.append(batch)
            if pace != .alwaysReady { state.isReady = false }
        }
    }

    public var isReady: Bool { state.state.isReady }

    public func ready() async {
        state.update { $0.waiting += 1 }
        if pace == .afterEachBatch {
            // An engine that does not wait would have its chance to send now.
            for _ in 0..<8 { await Task.yield() }
            release()
        }
        await state.wait { $0.isReady }
        state.update { $0.waiting -= 1 }
    }

    // MARK: For the test

    public var batches: [GenerationBatch] { state.state.batches }

    /// Whether the engine's function returned.
    public var isClosed: Bool { state.state.isClosed }

    /// What the batches and the result say together.
    public func generation(_ result: GenerationResult?) -> RecordedGeneration { RecordedGeneration(batches, result) }

    /// Batches that came although the reader did not keep up.
    public var sentUnready: Int { state.state.sentUnready }

    /// Batches that came after `close()`.
    public var sentLate: Int { state.state.sentLate }

    /// The reader keeps up again.
    public func release() { state.update { $0.isReady = true } }

    /// The engine's function returned: nothing may come any more.
    public func close() { state.update { $0.isClosed = true } }

    /// Returns when so many batches came, or the sink was closed, or this task is cancelled.
    public func waitForBatches(_ count: Int) async {
        await state.wait { $0.batches.count >= count || $0.isClosed }
    }

    /// Waits until the engine awaits `ready()`.
    ///
    /// - Returns: false when the generation ended first.
    public func waitUntilAwaited() async -> Bool {
        await state.wait { $0.waiting > 0 || $0.isClosed }
        return state.state.waiting > 0
    }
}
