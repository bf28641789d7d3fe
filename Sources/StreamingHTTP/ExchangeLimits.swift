/// How long an exchange waits and how much it takes. The reasons stand with the limits of its user.
package struct ExchangeLimits: Sendable, Hashable {
    /// From the request to the first content of its answer, whatever else comes before.
    package var firstByteMax: Duration
    /// Without a byte after the first content, while reading is not paused.
    package var silenceMax: Duration
    /// From the end of the exchange to the end of the answer's body, which frees the connection.
    package var lingerMax: Duration
    /// One event of a stream, in bytes.
    package var eventBytesMax: Int

    package init(firstByteMax: Duration, silenceMax: Duration, lingerMax: Duration, eventBytesMax: Int) {
        self.firstByteMax = firstByteMax
        self.silenceMax = silenceMax
        self.lingerMax = lingerMax
        self.eventBytesMax = eventBytesMax
    }
}
