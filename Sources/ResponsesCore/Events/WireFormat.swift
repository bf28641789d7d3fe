import ResponsesAPI

/// How a connection's turns are written: what a further wire format brings to Core, together with its `TurnWriter`.
package protocol WireFormat: Sendable {
    /// The writer of a turn that begins.
    func writer(
        of turn: BeginningTurn, _ request: CreateRequest, _ configuration: Connection.Configuration
    ) -> any TurnWriter
}
