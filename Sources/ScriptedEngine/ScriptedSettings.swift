/// What can be set of the scripted model: how fast it works, and how much its context holds.
public struct ScriptedSettings: Sendable, Hashable {
    public var speed: ScriptedSpeed
    /// Tokens that prompt and answer may have together, as the model counts them (four bytes of text are one); nil sets no limit. A
    /// longer prompt is refused with both numbers, and an answer ends where the context does.
    public var contextTokens: Int?

    public init(speed: ScriptedSpeed = ScriptedSpeed(), contextTokens: Int? = nil) {
        self.speed = speed
        self.contextTokens = contextTokens
    }
}

extension ScriptedSettings {
    /// More than any model's, and far from overflowing.
    static var contextTokensMax: Int { 1_000_000_000 }

    /// Reads `prefill=4000,decode=80,ttft=20ms,context=8000`; a part that is left out takes no time, or sets no limit.
    ///
    /// - Throws: `ParseError` that names the part.
    public init(parsing text: String) throws(ScriptedSpeed.ParseError) {
        self.init()
        try ScriptedSpeed.forEachPart(of: text) { name, value throws(ScriptedSpeed.ParseError) in
            if name == "context" {
                guard let tokens = Int(value), (1...Self.contextTokensMax).contains(tokens) else {
                    throw ScriptedSpeed.ParseError(
                        description: "'context=\(value)' is not a size: it takes tokens, more than 0, as in 'context=8000'.")
                }
                contextTokens = tokens
            } else if try !speed.take(name, value) {
                throw ScriptedSpeed.ParseError(
                    description: "'\(name)' is not a part of the scripted engine's settings: there are prefill, decode, ttft and "
                        + "context, as in 'prefill=4000,decode=80,ttft=20ms,context=8000'.")
            }
        }
    }
}
