import ResponsesAPI

/// How a connection's turns are written: what a further wire format brings to Core, together with its `TurnWriter`.
package protocol WireFormat: Sendable {
    /// The writer of a turn that begins.
    func writer(
        of turn: BeginningTurn, _ request: CreateRequest, _ configuration: Connection.Configuration
    ) -> any TurnWriter

    /// What a count of the input's tokens is answered with: one JSON object.
    func countObject(_ inputTokens: Int) -> [UInt8]
}

extension WireFormat {
    /// The `response.input_tokens` object (responses-api 1).
    package func countObject(_ inputTokens: Int) -> [UInt8] {
        Array(#"{"object":"response.input_tokens","input_tokens":\#(inputTokens)}"#.utf8)
    }
}
