/// A server did not answer a handshake, or answered with something that RFC 6455 section 4.1 does not accept.
package struct BrokenHandshake: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Fault: String, Hashable, Sendable, CaseIterable {
        case ended, notHTTP, upgrade, connection, accept, extensions, subprotocol
    }

    package var fault: Fault

    package init(_ fault: Fault) { self.fault = fault }

    /// What is wrong, as the end of a sentence.
    package var description: String {
        switch fault {
        case .ended: "it closed the connection without an answer to the upgrade"
        case .notHTTP: "its answer to the upgrade is not HTTP"
        case .upgrade: "its 101 does not name WebSocket in 'Upgrade'"
        case .connection: "its 101 lacks 'Connection: Upgrade'"
        case .accept: "its 101 has another 'Sec-WebSocket-Accept' than the key asks for"
        case .extensions: "its 101 names an extension that was not offered"
        case .subprotocol: "its 101 names a subprotocol that was not offered"
        }
    }
}
