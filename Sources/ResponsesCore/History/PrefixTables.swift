import ResponsesAPI
import Synchronization

/// Where responses that are remembered are found: by what came before them, as it was meant and as it was sent, and by their calls.
final class PrefixTables: DroppedNodes {
    /// What stands here for one response without its calls, and for each call, in bytes.
    private static var knownBytes: Int { 640 }
    private static var callBytes: Int { 200 }

    struct Known {
        var owner: Owner
        /// Counts it.
        var account: MemoryAccount
        var input: HistoryDigest
        /// What stood right before it.
        var near: HistoryDigest
        /// As clients sent the conversation up to it: they change how older messages are written once or twice.
        var sent: [SentDigest]
        var calls: Set<String>
        var usedAt: Duration

        /// What stands here for it.
        var bytes: Int { PrefixTables.knownBytes + calls.count * PrefixTables.callBytes }
    }

    struct CallKey: Hashable {
        var owner: Owner
        var id: String
    }

    struct State {
        var known: [ResponseID: Known] = [:]
        /// Several where a client asked again, or from there on in another way.
        var byInput: [HistoryDigest: [ResponseID]] = [:]
        var bySent: [SentDigest: ResponseID] = [:]
        var byCall: [CallKey: ResponseID] = [:]
        /// When it is next to be looked whether a response was used, in this order.
        var queue: [(id: ResponseID, at: Duration)] = []
        /// Before this place of `queue` everything is gone.
        var start = 0
        /// What engines refused a short time ago.
        var refusals: [SentDigest: (error: APIError, until: Duration)] = [:]
    }

    let state = Mutex(State())

    /// A node is gone, for whatever reason: so are its places.
    func dropped(_ id: ResponseID) {
        let known = state.withLock { state -> Known? in
            guard let known = state.known.removeValue(forKey: id) else { return nil }
            if let place = state.byInput.index(forKey: known.input) {
                state.byInput.values[place].removeAll { $0 == id }
                if state.byInput.values[place].isEmpty { state.byInput.remove(at: place) }
            }
            for sent in known.sent where state.bySent[sent] == id { state.bySent[sent] = nil }
            for call in known.calls {
                let key = CallKey(owner: known.owner, id: call)
                if state.byCall[key] == id { state.byCall[key] = nil }
            }
            return known
        }
        if let known { known.account.subtract(known.bytes, for: .chains) }
    }
}
