import ResponsesAPI

/// Directives while a message is read.
struct Directives: Hashable, Sendable {
    var think: JSONText?
    var failure: Script.Failure?
    var silence: Script.Silence?
    var callIDs: Script.CallIDs?
    var endsAtStops = false
    var calls: Script.Calls?
    var answer: Script.Answer?
    var problem: String?

    var isEmpty: Bool { self == Directives() }
}

extension Directives {
    /// More rounds than any loop of an agent has.
    static var roundsMax: Int { 1_000_000 }
    /// No client runs more calls side by side.
    static var parallelMax: Int { 128 }
    /// 4 MB of text.
    static var tokensMax: Int { 1_000_000 }
    /// The same of arguments in one response: a short message must not be answered with gigabytes.
    static var argumentBytesMax: Int { 4_000_000 }
    /// A connection's lifetime.
    static var slowSecondsMax: Double { 3600 }
    /// No client asks as often.
    static var failuresMax: Int { 1000 }
}
