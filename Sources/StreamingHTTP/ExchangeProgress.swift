/// How far an exchange was when it failed.
package struct ExchangeProgress: Sendable {
    /// Whether the head of the answer came.
    package var hasBegun: Bool
    /// Since the request was given away to be sent.
    package var age: Duration
    /// The body so far of an answer that is not a stream.
    package var body: [UInt8]
}
