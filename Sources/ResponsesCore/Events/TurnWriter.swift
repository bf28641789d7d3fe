import ResponsesAPI
import ResponsesEngine

/// Writes one turn in one wire format, from what the engine makes: the seam between a turn and whoever reads it.
///
/// A turn calls `begin` once, `receive` and `heartbeat` while its engine works, and then ends it in two steps: exactly one of
/// `finish`, `finishWarmup`, `fail`, `cut` and `cancel`, which decides how the response ends, and then `writeLast`. Between the two
/// the response can be stored; `failing` is for when that did not work. A writer is a value; it writes whole events into
/// the buffer that it is given.
package protocol TurnWriter: Sendable {
    var id: ResponseID { get }

    /// What the response takes in memory by now, in bytes. Read with each batch, so it is counted as it grows.
    var heldBytes: Int { get }

    /// How much of that the end writes down, in bytes.
    var endBytes: Int { get }

    /// What is written before the engine works, as clients start idle timers.
    mutating func begin(into events: inout EventBuffer)

    /// A response that was begun as queued is worked on from now on.
    mutating func leaveQueue(into events: inout EventBuffer)

    /// Something harmless after silence.
    mutating func heartbeat(into events: inout EventBuffer)

    /// The next number of the count of this turn's events, for an event that is not the writer's own.
    mutating func takeNumber() -> Int

    /// What the engine made. The hot path.
    mutating func receive(_ batch: GenerationBatch, into events: inout EventBuffer)

    /// Why the turn is to end with what was received. Nothing more is taken.
    var earlyEnd: EarlyEnd? { get }

    /// The engine's function returned: closes what is open.
    mutating func finish(
        _ result: GenerationResult, at unixSeconds: Int, into events: inout EventBuffer
    ) -> AssembledResponse

    /// A warmup ended, or a count, with the engine's figures.
    mutating func finishWarmup(_ usage: Usage, at unixSeconds: Int, into events: inout EventBuffer) -> AssembledResponse

    /// What the engine counted so far; nil when it said nothing of it.
    var knownUsage: Usage? { get }

    /// About how many tokens the input has, for an engine that does not count them.
    var estimatedInputTokens: Int { get }

    /// The turn failed after it began.
    mutating func fail(_ error: APIError, into events: inout EventBuffer) -> AssembledResponse

    /// The response is at a limit: it ends with what was made so far.
    mutating func cut(by limit: ResponseLimit, into events: inout EventBuffer) -> AssembledResponse

    /// The turn failed because it takes too much memory: without the ends of what is open and without output, which would take
    /// several times as much.
    mutating func failShort(_ error: APIError) -> AssembledResponse

    /// The client cancelled.
    mutating func cancel(into events: inout EventBuffer) -> AssembledResponse

    /// After one of these: the response ends as failed instead, such as when it could not be stored.
    mutating func failing(_ error: APIError) -> AssembledResponse

    /// The response object as it will stand in the last event, with empty `output` and `tools`: a record keeps both beside
    /// it. Nil for what is never stored.
    func storedObject() -> RawJSON?

    /// The second step of the end: writes the last event, and what has to stand before it.
    ///
    /// - Returns: where the response object stands in the buffer; empty when there is none.
    mutating func writeLast(into events: inout EventBuffer) -> Range<Int>
}

extension TurnWriter {
    package var estimatedInputTokens: Int { 0 }
    package var knownUsage: Usage? { nil }
}
