import ResponsesAPI

/// Work of a turn that takes long because what it works on is large: a pure function of values.
///
/// A driver runs it beside its loop, so that other connections of that loop need not wait, and hands back what came of it. A
/// turn waits for one at a time, which keeps the order.
public struct LargeWork: Sendable {
    /// What came of it; for `Connection.worked`.
    public struct Outcome: Sendable {
        enum Kind: Sendable {
            case read(Result<CreateRequest, APIError>)
            case resolved(Resolution.Outcome)
            case extended(ChainNode)
        }

        let kind: Kind
    }

    enum Kind: Sendable {
        /// A message that waited is read.
        case read([UInt8], KnownTools)
        /// A turn's items are put behind their chain and written down for the engine.
        case resolve(Resolution)
        /// What a model made becomes a part of the chain.
        case extend(ChainExtension)
    }

    let kind: Kind

    /// Does the work. On any thread, once.
    public func done() -> Outcome {
        switch kind {
        case .read(let bytes, let tools):
            Outcome(kind: .read(Result { () throws(APIError) in try tools.request(parsing: bytes) }))
        case .resolve(let resolution): Outcome(kind: .resolved(resolution.outcome()))
        case .extend(let chain): Outcome(kind: .extended(chain.node()))
        }
    }
}
