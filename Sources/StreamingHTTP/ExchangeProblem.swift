/// Why an exchange ended without what its reader waited for.
package enum ExchangeProblem: Error {
    /// No content within `firstByteMax`.
    case noFirstByte
    /// Nothing came for `silenceMax` in the middle of the answer.
    case silence
    /// An event or an object is longer than its limit.
    case tooLong
    /// The answer ended before there was anything to read in it.
    case empty
    /// The body is compressed, and not as its head says, or to far more than an answer has.
    case badCompression
    /// What the reader threw.
    case unreadable(any Error)
    /// What the carrier says of the connection; AsyncHTTPClient's `cancelled` after `StreamedExchange.cancel`.
    case lost(any Error)
}
