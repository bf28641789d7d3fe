/// A place of the answer at which something happens besides the next token.
struct Stop {
    /// Tokens written before it. An answer that is shorter has it at its end.
    var afterTokens: Int
    /// How long nothing is written; nil breaks the answer off.
    var silenceSeconds: Double?

    /// In order. Nothing comes after the answer is broken off.
    static func all(of script: Script?, _ failure: Script.Failure?) -> [Stop] {
        var stops: [Stop] = []
        if let silence = script?.silence { stops.append(Stop(afterTokens: silence.afterTokens, silenceSeconds: silence.seconds)) }
        if case .breakOff(let tokens)? = failure?.kind {
            stops.removeAll { $0.afterTokens > tokens }
            stops.append(Stop(afterTokens: tokens))
        }
        return stops
    }
}
