import ResponsesAPI
import ResponsesEngine

/// Writes one turn in one wire format, from what the engine makes: the seam between a turn and whoever reads it.
///
/// A turn calls `begin` once, `receive` and `heartbeat` while its engine works, and then exactly one of the methods that
/// end it. A writer is a value; it writes whole events into the buffer that it is given.
package protocol TurnWriter: Sendable {
    var id: ResponseID { get }

    /// What is written before the engine works, as clients start idle timers.
    mutating func begin(into events: inout EventBuffer)

    /// Something harmless after silence.
    mutating func heartbeat(into events: inout EventBuffer)

    /// The next number of the count of this turn's events, for an event that is not the writer's own.
    mutating func takeNumber() -> Int

    /// What the engine made. The hot path.
    mutating func receive(_ batch: GenerationBatch, into events: inout EventBuffer)

    /// The engine's function returned.
    mutating func finish(at unixSeconds: Int, into events: inout EventBuffer) -> AssembledResponse

    /// A warmup ended, with the engine's counts.
    mutating func finishWarmup(_ usage: Usage, at unixSeconds: Int, into events: inout EventBuffer) -> AssembledResponse

    /// The turn failed after it began.
    mutating func fail(_ error: APIError, into events: inout EventBuffer) -> AssembledResponse

    /// The client cancelled.
    mutating func cancel(into events: inout EventBuffer) -> AssembledResponse
}
