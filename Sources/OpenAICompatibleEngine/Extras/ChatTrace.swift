import ResponsesEngine

/// What goes beside the calls of a chain: the engine's own words, which a client does not see.
struct ChatTrace: EngineTrace {
    struct Entry: Sendable {
        var key: UInt64
        var extra: CallExtra
    }

    private(set) var entries = SharedList<Entry>()
    /// What this holds that the trace before it did not.
    private(set) var byteCount = 48
    /// Stands for the entries when traces are compared: they are compared in tests only.
    private var digest: UInt64 = 0

    /// The trace of the chain with a further answer.
    func adding(_ new: [Entry]) -> ChatTrace {
        var trace = carried
        for entry in new {
            trace.byteCount += trace.entries.append(entry, bytes: entry.extra.bytes)
            trace.digest = (trace.digest ^ entry.key) &* 0x0000_0100_0000_01B3
        }
        return trace
    }

    /// The same for a turn that adds nothing.
    var carried: ChatTrace {
        var trace = self
        trace.byteCount = 48
        return trace
    }

    static func == (first: ChatTrace, second: ChatTrace) -> Bool {
        first.digest == second.digest && first.entries.count == second.entries.count
    }

    func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}
