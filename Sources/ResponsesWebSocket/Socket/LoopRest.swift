import NIOCore

/// The pause of one socket's work in which its event loop turns to the others.
package enum LoopRest {
    /// The loop looks at its sockets when no task is due at once.
    package static let time = TimeAmount.microseconds(100)
}
