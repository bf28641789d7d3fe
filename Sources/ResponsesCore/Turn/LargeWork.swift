import ResponsesAPI
import Synchronization

/// Work of a turn that takes long because what it works on is large: a pure function of values.
///
/// A driver runs it beside its loop, so that other connections of that loop need not wait, and hands back what came of it. A
/// turn waits for one at a time, which keeps the order.
public struct LargeWork: Sendable {
    /// What came of it; for `Connection.worked`.
    public struct Outcome: Sendable {
        enum Kind: Sendable {
            case read(Result<CreateRequest, APIError>)
            case resolved(Resolution.Outcome, EventBuffer)
            case ended(Turn.Generation, WrittenEnd, EventBuffer)
            case extended(ChainNode)
        }

        let kind: Kind
    }

    enum Kind: Sendable {
        /// A message that waited is read.
        case read([UInt8], KnownTools)
        /// A turn's items are put behind their chain and written down for the engine.
        case resolve(Resolution)
        /// The end of a response is written, which has all of its text several times.
        case end(Turn.Generation, Turn.Ending, Moment)
        /// What a model made becomes a part of the chain.
        case extend(ChainExtension)
    }

    /// Where it can be taken from, so that it is freed where it was worked on, whoever else holds this.
    private final class Place: Sendable {
        let kind: Mutex<Kind?>
        init(_ kind: Kind) { self.kind = Mutex(kind) }
    }

    private let place: Place

    init(kind: Kind) { place = Place(kind) }

    /// Does the work and lets go of what it was done on. On any thread, once.
    public func done() -> Outcome {
        guard let kind = place.kind.withLock({ $0.take() }) else { preconditionFailure("Large work is done once.") }
        switch consume kind {
        case .read(let bytes, let tools):
            return Outcome(kind: .read(Result { () throws(APIError) in try tools.request(parsing: bytes) }))
        case .resolve(let resolution):
            var events = EventBuffer()
            let outcome = resolution.outcome(into: &events)
            return Outcome(kind: .resolved(outcome, events))
        case .end(var generation, let ending, let now):
            var events = EventBuffer()
            let end = WrittenEnd(&generation, ending, at: now.unixSeconds, into: &events)
            return Outcome(kind: .ended(generation, end, events))
        case .extend(let chain): return Outcome(kind: .extended(chain.node()))
        }
    }
}
